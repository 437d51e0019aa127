#!/bin/bash
# Builds kube-apiserver from Debian 12's source package `kubernetes` and unpacks etcd, for the contract suite of the API:
#
#   scripts/kube-apiserver.sh DIRECTORY
#   KUBE_APISERVER=DIRECTORY/bin/kube-apiserver ETCD=DIRECTORY/bin/etcd npm test -- test/cluster/contract
#
# Needs Debian 12 with apt-get, dpkg-source, make and git, about 4 GB of disk and five to ten minutes on two processors. Installs
# nothing: packages are only downloaded and unpacked in DIRECTORY. Not part of the tests.
set -euo pipefail

directory=$(mkdir -p "${1:?usage: scripts/kube-apiserver.sh DIRECTORY}" && cd "$1" && pwd)
mkdir -p "$directory"/{apt/lists/partial,apt/cache/archives/partial,apt/sources,packages,bin}
cd "$directory"

# The machine's own sources, with source packages.
for file in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$file" ] || sed 's/^Types:.*/Types: deb deb-src/' "$file" >"apt/sources/$(basename "$file")"
done
[ ! -s /etc/apt/sources.list ] || sed -n 'p; s/^deb /deb-src /p' /etc/apt/sources.list >apt/sources/machine.list
apt() {
  apt-get -o Dir::State::lists="$directory/apt/lists" -o Dir::Cache="$directory/apt/cache" \
    -o Dir::Etc::sourceparts="$directory/apt/sources" -o Dir::Etc::sourcelist=/dev/null "$@"
}

if [ ! -d source ]; then
  apt update
  (cd packages && apt download etcd-server golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev)
  for package in packages/*.deb; do dpkg-deb -x "$package" root; done
  (cd packages && apt --download-only source kubernetes)
  dpkg-source --no-check -x packages/kubernetes_*.dsc source
  # Its copy of reflect2 crashes under Go 1.19 at the first write of a custom resource.
  rm -f source/vendor/github.com/modern-go/reflect2/*
  cp root/usr/share/gocode/src/github.com/modern-go/reflect2/* source/vendor/github.com/modern-go/reflect2/
fi
cp root/usr/bin/etcd bin/etcd

export GOROOT="$directory/root/usr/lib/go-1.19" GOPATH="$directory/source/.go" GOCACHE="$directory/cache" PATH="$directory/root/usr/lib/go-1.19/bin:$PATH"
export CGO_ENABLED=0 GOFLAGS="-p=${JOBS:-2} -tags=providerless" HOME="$directory"
# Its build copies executables with `rsync -pc FILE DIRECTORY`.
mkdir -p tools
printf '#!/bin/sh\nshift\nexec cp -p "$@"\n' >tools/rsync
chmod +x tools/rsync
export PATH="$directory/tools:$PATH"
mkdir -p "$GOPATH/src/k8s.io"
[ -L "$GOPATH/src/k8s.io/kubernetes" ] || ln -s ../../.. "$GOPATH/src/k8s.io/kubernetes"
cd source
make WHAT=cmd/kube-apiserver
cp _output/bin/kube-apiserver "$directory/bin/kube-apiserver"
ls -l "$directory/bin"
