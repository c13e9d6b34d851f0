# A made-up home around the command that follows: this network is a computer in it, and another one is everything else.
#
#   192.168.77.2  this computer         192.168.77.1  its router, 192.168.77.5 a printer, 10.1.1.1 a company
#   203.0.113.10  the internet          169.254.169.254  the metadata of a cloud
#
# Port 80 (TCP) and port 53 (UDP) of all of them answer with who they are. Nothing leads from here to the machine's real network.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
setpriv --pdeathsig KILL unshare --net sleep 600 &
world=$!
until [ "$(readlink /proc/$world/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
ip link add eth0 type veth peer name world netns $world
ip address add 192.168.77.2/24 dev eth0
ip link set eth0 up
ip route add default via 192.168.77.1
there() { nsenter --net=/proc/$world/ns/net -- "$@"; }
there ip link set lo up
there ip link set world up
there ip address add 192.168.77.1/24 dev world
there ip address add 192.168.77.5/24 dev world
for address in 10.1.1.1 169.254.169.254 203.0.113.10; do there ip address add $address/32 dev lo; done
folder=$(mktemp -d)
SERVER='
use Socket; my $ready = pop @ARGV; my ($kind, $who) = splice(@ARGV, 0, 2);
if ($kind eq "tcp") { socket(S, AF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); bind(S, pack_sockaddr_in(80, INADDR_ANY)) or die; listen(S, 20);
  open(R, ">", "$ready.tcp"); while (accept(C, S)) { my (undef, $a) = sockaddr_in(getsockname(C)); syswrite(C, "$who " . inet_ntoa($a)); close(C) } }
else { my @s; my $bits = ""; for my $a (@ARGV) { my $s; socket($s, AF_INET, SOCK_DGRAM, 0); bind($s, pack_sockaddr_in(53, inet_aton($a))) or die; push @s, [$s, $a]; vec($bits, fileno($s), 1) = 1 }
  open(R, ">", "$ready.udp"); for (;;) { select(my $r = $bits, undef, undef, undef); for (@s) { my ($s, $a) = @$_; next unless vec($r, fileno($s), 1); my $p = recv($s, my $b, 100, 0); send($s, "$who $a", 0, $p) } } }'
servers=
for kind in tcp udp; do
  there setpriv --pdeathsig KILL perl -e "$SERVER" $kind world 192.168.77.1 192.168.77.5 10.1.1.1 169.254.169.254 203.0.113.10 "$folder/world" &
  servers="$servers $!"
  setpriv --pdeathsig KILL perl -e "$SERVER" $kind host 192.168.77.2 127.0.0.1 "$folder/host" &
  servers="$servers $!"
done
until [ -e "$folder/world.tcp" ] && [ -e "$folder/world.udp" ] && [ -e "$folder/host.tcp" ] && [ -e "$folder/host.udp" ]; do
  tries=$((${tries:-0} + 1))
  [ $tries -lt 400 ]
  sleep 0.05
done
rm -r "$folder"
status=0
setpriv --inh-caps=-all --ambient-caps=-all -- "$@" || status=$?
kill $servers $world
exit $status
