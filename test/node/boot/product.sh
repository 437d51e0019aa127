#!/bin/sh
# Substitute for kubelet on a booted node without vnet (kubelet.service): install, pods, upgrade and downgrade under
# load, an upgrade that fails, uninstall. Reports go to one file.
set -u
STATE=/var/lib/boot-test
exec > "$STATE/boot-1.log" 2>&1
say() { echo "$1=$2"; }
code() { "$@" > /tmp/out 2>&1; CODE=$?; sed 's/^/  | /' /tmp/out >&2; echo "$CODE"; }
since() { systemctl show -p "$2" --value "$1"; }
same() { cmp -s "/root/build-$1/vnet" /opt/cni/bin/vnet && echo yes || echo no; }
files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path /root -o -path /var/log -o -path /var/tmp \
    -o -path "$STATE" -o -path /var/lib/systemd -o -path /run \) -prune -o -printf '%p %y %m %U:%G %s %l\n' |
    sed -E 's/^(.* d [0-9]+ [0-9:]+) [0-9]+/\1/' | sort
}
network() {
  ip -d -o link show | sed -E 's/^[0-9]+: //; s/@if[0-9]+//g' | sort
  for family in -4 -6; do ip $family -o addr show | sed -E 's/^[0-9]+: //; s/(valid|preferred)_lft [0-9]+sec//g' | sort; done
  ip route show table all | sort
  ip neigh show nud permanent | sort
  nft list ruleset
  cat /proc/sys/net/ipv4/ip_forward
}
# Of other programs: contents, modes, owners and times.
others() { for file in /opt/cni/bin/azure-vnet /opt/cni/bin/bridge /etc/cni/net.d/05-other.conflist; do
  stat -c '%n %a %u:%g %Y' $file; sha256sum < $file; done; }
steps() { grep -E '^ *[+~>=-] ' /tmp/out; }
call() { # verb, container, namespace
  CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$3 CNI_IFNAME=eth0 CNI_PATH=/opt/cni/bin \
    /opt/cni/bin/azure-vnet < /root/plugin.json
}
# Attaches and detaches one pod after another until told to stop; each call's line begins with the time of its end.
worker() {
  NUMBER=0
  while [ ! -e /run/stop-load ]; do
    NUMBER=$((NUMBER + 1))
    for verb in ADD DEL; do
      if call $verb "load-$1-$NUMBER" "load-$1" > "/run/load-$1.out" 2>&1; then OUTCOME=ok; else
        OUTCOME="failed: $verb $(cat "/run/load-$1.out")"
      fi
      read -r NOW _ < /proc/uptime
      echo "$NOW $OUTCOME" >> "/run/load-$1.calls"
    done
  done
}
calls() { cat /run/load-*.calls | grep -c "$1"; }
now() { cut -d' ' -f1 /proc/uptime; }
# Calls that ended in a span of time, per second.
rate() { awk -v from="$1" -v to="$2" '$1 >= from && $1 < to { n += 1 } END { printf "%.0f", n / (to - from) }' /run/load-*.calls; }

settled() { while ip -6 -o addr show | grep -q tentative; do sleep 0.2; done; }
settled
echo 0 > /proc/sys/net/ipv4/ip_forward
files > "$STATE/files-before"
others > "$STATE/others-before"
network > "$STATE/network-before"
say unasked "$(/root/build-1/vnet install --dry-run | grep -c 'vnet doctor --fix')"
say dry-run "$(code /root/build-1/vnet install --dry-run --fix --conflist /root/azure.conflist)"
files | cmp -s - "$STATE/files-before" && say dry-run-writes no
say install "$(code /root/build-1/vnet install --fix --conflist /root/azure.conflist)"
CONF=/etc/cni/net.d/$(ls /etc/cni/net.d | head -1)
say first-configuration "$CONF"
say last-step "$(steps | tail -1 | awk '{print $2}')"
[ "$CONF" -nt /run/vnet/calls.sock ] && say configured after-the-service
say programs "$(cmp -s /root/build-1/azure-vnet /opt/cni/bin/azure-vnet && echo ours)"
say forwarding "$(cat /proc/sys/net/ipv4/ip_forward)/$(sed -n 's/^net.*=//p' /etc/sysctl.d/90-vnet-ip-forward.conf)"
say watch "$(since vnet-watch ActiveState)/$(since vnet-watch.socket ActiveState)"
say enabled "$(systemctl is-enabled vnet-boot vnet-watch.service vnet-watch.socket | sort -u | tr '\n' ' ')"
systemctl restart systemd-networkd
ip netns add pod
say add "$(code vnet cni add "$CONF" pod --container-id pod-1)"
say ping "$(code ip netns exec pod ping -c1 -W2 10.240.0.1)"
# Uplink and probe are known by now: their fixes too. Then the address of another machine is passed over.
say sandbox "$(vnet doctor | grep -c 'allows no packet socket')"
say fix "$(code vnet install --fix)"
say fixes "$(steps | grep -c 'vnet doctor --fix')"
networkctl reload
say doctor "$(code vnet doctor)"
ip netns add second
say second "$(code vnet cni add "$CONF" second --container-id pod-2)"
say probed "$(ip -n second -o -4 addr show dev eth0 | awk '{print $4}')"
say second-gone "$(code vnet cni del "$CONF" second --container-id pod-2)"
ip netns del second
ip netns exec pod ping -i 0.05 -W2 10.240.0.1 > "$STATE/ping" 2>&1 & PING=$!

# The kernel's clean-up of a pod's interface takes a multiple of the call's work: many pods come and go at once.
LOADS=$(seq 40)
WORKERS=
for number in $LOADS; do ip netns add load-$number; worker $number & WORKERS="$WORKERS $!"; done
sleep 3
BEGUN=$(now)
FIRST=$(since vnet-watch MainPID)
# A program that is replaced by rename stays whole under its other name.
for name in vnet azure-vnet; do ln /opt/cni/bin/$name /opt/cni/before-$name; done
say upgrade "$(code /root/build-2/vnet upgrade)"
say upgraded "$(same 2)"
[ "$(since vnet-watch MainPID)" != "$FIRST" ] && say handed-over yes
say running-build "$(cmp -s /root/build-2/vnet "/proc/$(since vnet-watch MainPID)/exe" && echo 2)"
say renamed "$(for name in vnet azure-vnet; do cmp -s /root/build-1/$name /opt/cni/before-$name && echo $name; done | tr '\n' ' ')"
rm /opt/cni/before-*
sleep 2
say downgrade "$(code /root/build-1/vnet upgrade)"
say downgraded "$(same 1)"
sleep 2
ENDED=$(now)
# The service does not start with build 2: the upgrade is undone.
mkdir -p /etc/systemd/system/vnet-watch.service.d
printf '[Service]\nExecStartPre=/bin/sh -c "test $(od -An -tu1 -j15 -N1 /opt/cni/bin/vnet) -ne 2"\n' > /etc/systemd/system/vnet-watch.service.d/fail.conf
systemctl daemon-reload
say failed-upgrade "$(code /root/build-2/vnet upgrade)"
say back "$(same 1)/$(since vnet-watch ActiveState)"
rm -r /etc/systemd/system/vnet-watch.service.d; systemctl daemon-reload
sleep 1
touch /run/stop-load; wait $WORKERS
kill -INT $PING; wait $PING 2>/dev/null
say calls "$(calls .)"
say calls-failed "$(calls failed)"
say calls-per-second "$(rate "$BEGUN" "$ENDED")"
grep -h failed /run/load-*.calls | head -3
say pings-lost "$(sed -nE 's/^([0-9]+) packets transmitted, ([0-9]+) received.*/\1 \2/p' "$STATE/ping" | awk '{print $1 - $2}')"
say leaks "$(vnet get endpoints -o json | grep -c load-)"

say refused "$(code vnet uninstall)"
say drain "$(code vnet uninstall --drain)"
say del "$(code vnet cni del "$CONF" pod --container-id pod-1)"
say uninstall "$(code vnet uninstall --purge)"
# Before anything else configures the uplink again.
say released "$(ip -o -4 addr show dev host0 | grep -c ' 10.240.0.35/16 ')/$(ip route show default dev host0 | wc -l)"
say marks "$({ ip -d link; nft list ruleset; ip route show table all proto 118; ip neigh show proto 118; } | grep -cE 'vnet|azure0|proto 118')"
ip netns del pod; for number in $LOADS; do ip netns del load-$number; done
systemctl restart systemd-networkd; sleep 2; settled
others | cmp -s - "$STATE/others-before" && say others same
say run-left "$([ -e /run/vnet ] && echo yes || echo no)"
files > "$STATE/files-after"
network > "$STATE/network-after"
diff "$STATE/files-before" "$STATE/files-after" && say files same
diff "$STATE/network-before" "$STATE/network-after" && say network same
sync
systemctl --no-block poweroff
