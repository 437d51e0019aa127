#!/usr/bin/env bash
# Runs the README's commands as a newcomer would: on a minimal Debian with Node.js and git, in a fresh clone of the last
# commit. Prints the end of each command's output and its duration; removes everything afterwards. Needs root and
# debootstrap. This machine's settings for apt's and npm's registries (sources, proxies, certificates) are copied.
#
#   scripts/fresh-machine.sh [COMMAND...]      # instead of the README's: scripts/fresh-machine.sh .ci/run
set -euo pipefail

project=$(cd "$(dirname "$0")/.." && pwd)
commands=("$@")
if [ $# = 0 ]; then commands=('npm ci && npm start' 'npm ci && npm test'); fi
[ "$(id -u)" = 0 ] || { echo 'fresh-machine: root is needed' >&2; exit 77; }
command -v debootstrap >/dev/null || { echo 'fresh-machine: debootstrap is needed (apt-get install debootstrap)' >&2; exit 69; }

work=$(mktemp -d "${TMPDIR:-/var/tmp}/vnet-fresh.XXXXXX")
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT

# shellcheck disable=SC1091,SC2016
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
# shellcheck disable=SC2016
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | awk -v name="$codename" '$1 == name { print $2; exit }')

# Root file system: minimal Debian, with this machine's Node.js and its settings of apt and npm.
make_root() {
  echo "making a minimal $codename in $root"
  debootstrap --variant=minbase --include=ca-certificates,git "$codename" "$root" \
    "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" || { tail -5 "$work/debootstrap.log"; exit 1; }
  copy /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/trusted.gpg.d /usr/share/keyrings
  copy /etc/resolv.conf /etc/hosts "$HOME/.npmrc" \
    /etc/ssl/certs/ca-certificates.crt /usr/local/share/ca-certificates
  for variable in npm_config_cafile NODE_EXTRA_CA_CERTS; do copy "${!variable:-}"; done
  copy_node
}

copy() {
  local path
  for path in "$@"; do
    if [ -z "$path" ] || [ ! -e "$path" ]; then continue; fi
    mkdir -p "$root$(dirname "$path")"
    # A symbolic link in the root may point outside it.
    cp -aLT --remove-destination "$path" "$root$path"
  done
}

# Node.js, the libraries that minimal Debian lacks, and npm.
copy_node() {
  local node npm library settings
  node=$(readlink -f "$(command -v node)")
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  install -D "$node" "$root/usr/local/bin/node"
  for library in $(ldd "$node" | awk '$2 == "=>" { print $3 }'); do
    [ -e "$root$library" ] || install -D "$library" "$root$library"
  done
  mkdir -p "$root/usr/local/lib/node_modules"
  cp -aL "$npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  settings=$(npm config get globalconfig)
  if [ -e "$settings" ]; then install -D "$settings" "$root/usr/local/etc/npmrc"; fi
}

# Runs a command line in the new root, in separate namespaces except for the network, which apt and npm need.
enter() {
  # shellcheck disable=SC2016
  unshare --mount --pid --uts --ipc --fork --kill-child bash -c '
    set -e
    root=$1; shift
    mount --make-rprivate /
    mount --bind "$root" "$root"
    cd "$root"
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount --rbind /sys/fs/cgroup sys/fs/cgroup
    mount --rbind /dev dev
    mount -t tmpfs tmpfs run
    # pivot_root, not chroot: container runtimes require a real root mount.
    pivot_root . mnt
    exec chroot . sh -c "umount -l /mnt; exec \"\$@\"" sh "$@"' bash "$root" /usr/bin/env -i HOME="$HOME" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "${taken[@]}" bash -c "$1" </dev/null
}

# Variables that configure access to registries.
taken=()
while IFS= read -r variable; do taken+=("$variable"); done < <(env | grep -iE '^(npm_config_|https?_proxy=|no_proxy=|NODE_EXTRA_CA_CERTS=)' || true)

make_root
git clone --quiet --no-hardlinks "file://$project" "$root/root/vnet"
failed=0
for line in "${commands[@]}"; do
  echo "== $line"
  started=$SECONDS
  code=0
  enter "cd /root/vnet && $line" >"$work/said.log" 2>&1 || code=$?
  grep -E '^(installing|tests that need|kernel tests|missing)|skipped:| FAIL ' "$work/said.log" || true
  tail -n "$([ $code = 0 ] && echo 15 || echo 150)" "$work/said.log"
  echo "== exit $code after $((SECONDS - started)) s: $line"
  [ $code = 0 ] || failed=1
done
exit $failed
