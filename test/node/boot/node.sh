#!/bin/sh
# Substitute for kubelet and container runtime on the booted node (kubelet.service): the state when they would
# start, a pod by the plugins, drift, and a runtime's late DEL after a reboot. Reports go to one file per
# boot.
set -u
STATE=/var/lib/boot-test
BOOT=$(($(cat "$STATE/boots" 2>/dev/null || echo 0) + 1))
echo "$BOOT" > "$STATE/boots"
exec > "$STATE/boot-$BOOT.log" 2>&1
CONF=/etc/cni/net.d/10-azure.conflist
say() { echo "$1=$2"; }
code() { "$@" > /tmp/out 2>&1; CODE=$?; [ $CODE = 0 ] || sed 's/^/  | /' /tmp/out; echo "$CODE"; }
since() { systemctl show -p "$2" --value "$1"; }
pid_of() { cut -d' ' -f1 /run/vnet/document.lock; }

say boot-id "$(cat /proc/sys/kernel/random/boot_id)"
say bridge-before-kubelet "$(ip -o link show azure0 2>/dev/null | grep -c .)"
say address-before-kubelet "$(ip -4 -o addr show | awk '$4 ~ /^10\.240\./ {print $2 ":" $4}' | sort | tr '\n' ' ')"
say dry-run-before-kubelet "$(code vnet reconcile --dry-run)"
for unit in vnet-boot vnet-watch; do
  say "$unit" "$(since $unit ActiveState)/$(since $unit Result)/$(since $unit ConditionResult)"
done
say watch-status "$(since vnet-watch StatusText)"
say order "$(for unit in vnet-boot vnet-watch kubelet; do
  echo "$(since $unit.service InactiveExitTimestampMonotonic):$unit"; done | sort -n | cut -d: -f2 | tr '\n' ' ')"

if [ "$BOOT" -gt 1 ]; then
  # After an absence, a runtime still calls DEL for its earlier containers.
  say late-del "$(code vnet cni del "$CONF" --container-id "old-$((BOOT - 1))")"
fi
ip netns add "pod-$BOOT"
say add "$(code vnet cni add "$CONF" "pod-$BOOT" --container-id "old-$BOOT")"
WATCH=$(since vnet-watch MainPID)
say served-by-watch "$([ "$(pid_of)" = "$WATCH" ] && echo yes || echo no)"
say pod-address "$(ip -n "pod-$BOOT" -4 -o addr show dev eth0 | awk '{print $4}')"
say ping-gateway "$(code ip netns exec "pod-$BOOT" ping -c1 -W2 10.240.0.1)"
ADDRESS=$(ip -n "pod-$BOOT" -4 -o addr show dev eth0 | awk '{print $4}' | cut -d/ -f1)
ip neigh del "$ADDRESS" dev azure0
sleep 1
say neighbour-repaired "$(ip neigh show "$ADDRESS" dev azure0 | grep -c PERMANENT)"
ip netns add short; say short-add "$(code vnet cni add "$CONF" short)"
INODE=$(stat -L -c %i /run/netns/short)
say short-del "$(code vnet cni del "$CONF" short)"
ip netns del short
sleep 1
say short-namespace-is-gone "$(lsns -t net -n -o NS 2>/dev/null | grep -c "$INODE" | sed 's/^0$/yes/')"
say networkd-restarted "$(code systemctl restart systemd-networkd)"
sleep 2
say dry-run-after-networkd "$(code vnet reconcile --dry-run)"
say ping-after-networkd "$(code ip netns exec "pod-$BOOT" ping -c1 -W2 10.240.0.1)"
# An unconfirmed change without a resident process: a systemd timer rolls it back and notifies all users.
# There are none here: the text for wall(1) is kept. It takes longer than the rollback, as on a busy machine.
printf '#!/bin/sh\nsleep 2\nexec cat >> /run/announced <<END\n$*\nEND\n' > /run/wall
chmod 755 /run/wall && mount --bind /run/wall /usr/bin/wall
systemctl stop vnet-watch.socket vnet-watch.service
# The unit of the timed repair, in its sandbox.
ip neigh del "$ADDRESS" dev azure0
say timed-repair "$(code systemctl start vnet-reconcile.service)"
say timed-neighbour "$(ip neigh show "$ADDRESS" dev azure0 | grep -c PERMANENT)"
sed 's/^networks:/policy: { sysctls: report }\nnetworks:/' /var/lib/vnet/vnet.yaml > /run/new.yaml
say window-apply "$(code vnet apply -f /run/new.yaml --confirm-within 4s -m window)"
say window-in-force "$(grep -c '^policy:' /var/lib/vnet/vnet.yaml)"
say window-timers "$(systemctl list-timers --all --no-legend 'vnet-revert-*' | grep -c vnet-revert)"
# The announcement follows the rollback, and the timer is removed last: a busy machine needs time for both.
for _ in $(seq 60); do
  sleep 1
  grep -qs 'reverted:' /run/announced || continue
  systemctl list-timers --all --no-legend 'vnet-revert-*' | grep -q vnet-revert || break
done
say window-over "$(grep -c '^policy:' /var/lib/vnet/vnet.yaml)"
say window-announced "$(grep -c 'reverted: not confirmed within 4s' /run/announced)"
say window-timers-after "$(systemctl list-timers --all --no-legend 'vnet-revert-*' | grep -c vnet-revert)"
sed 's/^/  | /' /run/announced
systemctl start vnet-watch.socket
# The service is stopped: the first call starts it and is answered by it.
say stopped-watch "$(since vnet-watch ActiveState)"
ip netns add woken; say woken-add "$(code vnet cni add "$CONF" woken)"
say woken-by-call "$(since vnet-watch ActiveState)"
say woken-served "$([ "$(pid_of)" = "$(since vnet-watch MainPID)" ] && echo yes || echo no)"
# Calls made during a restart wait for it.
systemctl --no-block restart vnet-watch
say woken-del "$(code vnet cni del "$CONF" woken)"
ip netns del woken
say no-temporary-server "$(for process in /proc/[0-9]*; do
  tr '\0' ' ' < "$process/cmdline" 2>/dev/null; echo; done | grep -c '^vnet serve' | sed 's/^0$/yes/')"
systemctl start vnet-watch
say endpoints "$(sed -n '/^endpoints:/,/^[a-z]/p' /var/lib/vnet/vnet.yaml | grep -c '^  azure/')"
say watch-status-after "$(since vnet-watch StatusText)"
say watch-restarts "$(since vnet-watch NRestarts)"
vnet events | sed 's/^/  /'
sync
if [ "$BOOT" = 1 ]; then systemctl --no-block reboot; else systemctl --no-block poweroff; fi
