#!/usr/bin/env bash
# A Slurm of one node on the loopback address, for tests: slurm.sh up DIR, slurm.sh down DIR. All its state is in DIR.
set -euo pipefail

up() {
    mkdir -p "$1"/{spool/ctld,spool/slurmd,log,run}
    local dir port_controller port_node
    dir=$(cd "$1" && pwd)
    chmod 755 "$dir" "$dir/run"
    read -r port_controller port_node < <(free_ports)
    dd if=/dev/urandom of="$dir/munge.key" bs=1024 count=1 status=none
    chmod 600 "$dir/munge.key"
    # ProctrackType and TaskPlugin: the usual ones need control groups, and without them every job fails though the node
    # looks idle. RealMemory: less than any machine has, or the node is refused. OverSubscribe: more jobs than cores.
    cat >"$dir/slurm.conf" <<END
ClusterName=waterbed
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.socket
CredType=cred/munge
SlurmctldPort=$port_controller
SlurmdPort=$port_node
StateSaveLocation=$dir/spool/ctld
SlurmdSpoolDir=$dir/spool/slurmd
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1
ReturnToService=2
KillWait=5
NodeName=localhost NodeHostName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=1900 State=UNKNOWN
PartitionName=debug Nodes=localhost Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
END
    munged --key-file="$dir/munge.key" --socket="$dir/run/munge.socket" --pid-file="$dir/run/munged.pid" \
        --log-file="$dir/log/munged.log" --seed-file="$dir/run/munge.seed"
    slurmctld -i -f "$dir/slurm.conf"
    slurmd -N localhost -f "$dir/slurm.conf"
    # That a node is idle says nothing: a job has to run.
    for _ in $(seq 20); do
        if SLURM_CONF="$dir/slurm.conf" timeout 5 srun true 2>>"$dir/log/srun.log"; then
            return
        fi
        sleep 0.5
    done
    echo "slurm.sh: Slurm started, but no job runs; what it says:" >&2
    tail -n 20 "$dir"/log/*.log >&2
    return 1
}

down() {
    local dir pid file
    dir=$(cd "$1" 2>/dev/null && pwd) || return 0
    SLURM_CONF="$dir/slurm.conf" timeout 5 scancel --user=root 2>/dev/null || true
    # The node before the controller before the keys, each by its own process number.
    for file in "$dir"/run/{slurmd,slurmctld,munged}.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        kill "$pid" 2>/dev/null || true
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
}

free_ports() {
    python3 -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in held))'
}

"$@"
