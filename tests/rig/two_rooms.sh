# Walls for two rooms, each with a network of its own: run in the first, it builds the second and lays a cable between them.
# Says the number of the process that keeps the second room open.
set -e
ip link set lo up
setpriv --pdeathsig TERM unshare --net sleep infinity &
next_door=$!
while [ "$(readlink /proc/$next_door/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
ip link add cable type veth peer name cable-end
ip link set cable-end netns $next_door
ip addr add 10.77.0.1/24 dev cable
ip link set cable up
nsenter --target $next_door --net sh -c 'ip link set lo up; ip addr add 10.77.0.2/24 dev cable-end; ip link set cable-end up'
echo $next_door
exec sleep infinity
