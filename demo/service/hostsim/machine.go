package hostsim

import "math"

// spec is what a host is made of, and what it does all day.
type spec struct {
	name                 string
	cores, gpus          int
	memory, swap         float64 // bytes
	cpu, swing           float64 // mean utilisation, and how much callers move it
	used                 float64 // share of memory
	iowait               float64
	disk                 string
	iops, bytesPerOp     float64
	nic                  string
	speed, receive, send float64 // bytes a second
	mounts               []mount
}

type mount struct {
	device, path, fstype string
	size, used           float64 // bytes, share
	inodes               float64
}

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// The hosts. Faults that need a host take the one named here.
const (
	webHost = "web-1"
	dbHost  = "db-1"
	gpuHost = "gpu-1"
)

var specs = []spec{
	{
		name: webHost, cores: 4, memory: 8 * gib, cpu: .34, swing: .14, used: .52, iowait: .004,
		disk: "nvme0n1", iops: 35, bytesPerOp: 16 * kib, nic: "eth0", speed: 1.25e8, receive: 2.4e6, send: 6.1e6,
		mounts: []mount{{"/dev/nvme0n1p1", "/", "ext4", 40 * gib, .46, 2.6e6}, {"tmpfs", "/run", "tmpfs", 800 * mib, .01, 1e6}},
	},
	{
		name: dbHost, cores: 8, memory: 32 * gib, swap: 4 * gib, cpu: .22, swing: .06, used: .71, iowait: .035,
		disk: "nvme0n1", iops: 420, bytesPerOp: 11 * kib, nic: "eth0", speed: 1.25e9, receive: 7.5e6, send: 2.2e7,
		mounts: []mount{{"/dev/nvme0n1p1", "/", "ext4", 40 * gib, .31, 2.6e6}, {"/dev/nvme1n1", "/var/lib/postgresql", "xfs", 500 * gib, .63, 2.6e8}},
	},
	{
		name: gpuHost, cores: 16, gpus: 2, memory: 64 * gib, cpu: .28, swing: .05, used: .44, iowait: .008,
		disk: "nvme0n1", iops: 90, bytesPerOp: 90 * kib, nic: "ens5", speed: 3.125e9, receive: 1.9e7, send: 4.2e6,
		mounts: []mount{{"/dev/nvme0n1p1", "/", "ext4", 100 * gib, .55, 6.5e6}, {"/dev/nvme1n1", "/data", "xfs", 2048 * gib, .38, 1e9}},
	},
}

var modes = []string{"idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"}

// machine is the state of one host. Everything that ends in a unit of time or
// counts is a running total.
type machine struct {
	spec
	instance string
	noise    noise
	boot     float64 // unixtime
	down     bool

	cpu                           [][8]float64 // by core and mode, seconds
	util, load1, load5, load15    float64
	running, blocked              float64
	switches, interrupts, forks   float64
	memUsed, cache, swapUsed      float64 // shares of memory, of memory, of swap
	faults, swapIn, swapOut, ooms float64
	oomDue                        float64
	filled                        []float64 // share used by mount
	reads, writes                 float64
	readSeconds, writeSeconds     float64
	ioSeconds, ioWeighted         float64
	rx, tx, rxPackets, txPackets  float64
	rxErrors, rxDrops             float64
	segments, retransmits         float64
	listenOverflows, throttles    float64
	sockets                       float64
	psiCPU, psiIO, psiIOFull      float64
	psiMem, psiMemFull, psiIRQ    float64
	temperature                   float64
	clockOffset                   float64
	clockSynced                   bool
}

// newMachine makes a host that boots when it is first looked at: counters that
// began anywhere else would fall a little, or leap, where one process takes over
// the series of another.
func newMachine(sp spec, n noise) *machine {
	m := &machine{spec: sp, instance: sp.name + ":9100", noise: n, clockSynced: true, temperature: 48, boot: math.Inf(1)}
	m.cpu = make([][8]float64, sp.cores)
	m.filled = make([]float64, len(sp.mounts))
	for i := range sp.mounts {
		m.filled[i] = sp.mounts[i].used
	}
	m.load1 = sp.cpu * float64(sp.cores)
	m.load5, m.load15 = m.load1, m.load1
	m.memUsed, m.cache = sp.used, .8*(1-sp.used)
	return m
}

// spend gives a core its time by mode.
func (m *machine) spend(core int, dt, busy, iowait float64) {
	t := &m.cpu[core]
	iowait = min(iowait, 1-busy)
	t[0] += dt * max(0, 1-busy-iowait)
	t[1] += dt * iowait
	t[2] += dt * busy * .004
	t[3] += dt * busy * .006
	t[4] += dt * busy * .03
	t[5] += dt * .001 * busy
	t[6] += dt * busy * .21
	t[7] += dt * busy * .749
}

// advance moves the host to a moment, dt seconds after the last one.
func (m *machine) advance(t, dt float64, level func(string) float64) {
	on := func(host, fault string) float64 {
		if m.name != host {
			return 0
		}
		return level(fault)
	}
	m.boot = min(m.boot, t)
	m.down = on(webHost, "node-down") > 0
	m.processors(t, dt, on)
	m.memories(t, dt, on)
	m.disks(t, dt, on)
	m.network(t, dt, on)
	m.clockOffset = .0004 * m.noise.at(t, 300, 60)
	skew := on(dbHost, "clock-skew")
	m.clockOffset += .2 * skew
	m.clockSynced = skew == 0
}

func (m *machine) processors(t, dt float64, on func(host, fault string) float64) {
	burn, load := on(webHost, "cpu-burn"), on(webHost, "load")
	base := m.spec.cpu + m.swing*wave(t) + .07*m.noise.at(t, 25, 1) + .04*m.noise.at(t, 180, 2)
	if m.noise.at(t, 900, 3) > .55 { // a job that comes round now and then
		base += .15
	}
	m.util = min(max(base, .02)+burn*(.97-base), .995)
	m.util = min(m.util+load*.3, .995)
	iowait := max(0, m.iowait*(1+.6*m.noise.at(t, 40, 4))) + .45*on(dbHost, "io-queue")
	for c := range m.cpu {
		busy := m.util * (1 + .25*m.noise.at(t, 35, 100+uint64(c))*(1-m.util))
		m.spend(c, dt, min(max(busy, .005), .998), iowait)
	}
	cores := float64(m.cores)
	queue := m.util*cores*1.08 + iowait*cores*.4 + load*cores*4.2 + burn*cores*.3
	for _, a := range []struct {
		load   *float64
		period float64
	}{{&m.load1, 60}, {&m.load5, 300}, {&m.load15, 900}} {
		period := a.period
		if load > 0 { // many tasks: the average would take minutes to tell
			period /= 4
		}
		*a.load += (queue - *a.load) * (1 - math.Exp(-dt/period))
	}
	m.running, m.blocked = math.Max(1, math.Round(queue*.8)), math.Round(iowait*cores)
	m.switches += dt * (3000 + 24000*m.util)
	m.interrupts += dt * (1500 + 9000*m.util)
	m.forks += dt * (2 + 8*m.util)
	m.psiCPU += dt * min(.9, .4*m.util*m.util*m.util+.6*burn+.7*load)
	m.psiIRQ += dt * .002 * m.util
	m.temperature += (38 + 38*m.util + 1.5*m.noise.at(t, 60, 5) - m.temperature) * (1 - math.Exp(-dt/45))
	if m.temperature > 88 {
		m.throttles += dt * .2
	}
}

func (m *machine) memories(t, dt float64, on func(host, fault string) float64) {
	mem, thrash, oom := on(webHost, "mem"), on(webHost, "thrash"), on(webHost, "oom")
	base := m.used + .03*m.noise.at(t, 240, 10) + .01*m.noise.at(t, 40, 11) + .01*wave(t)
	m.memUsed = min(base+max(mem, .9*thrash, .95*oom)*(.955-base), .985)
	m.cache = .82 * (1 - m.memUsed)
	m.swapUsed = max(0, .06+.02*m.noise.at(t, 600, 12))
	m.faults += dt * (.3 + .3*m.noise.at(t, 30, 13) + 900*thrash + 40*mem)
	m.swapIn += dt * (.02 + 400*thrash)
	m.swapOut += dt * (.01 + 500*thrash)
	m.psiMem += dt * min(.95, .001+.5*thrash+.03*mem)
	m.psiMemFull += dt * min(.9, .0002+.35*thrash+.01*mem)
	if oom == 0 {
		m.oomDue = 0
		return
	}
	if m.oomDue -= dt; m.oomDue <= 0 {
		m.ooms++
		m.oomDue = 30
	}
}

func (m *machine) disks(t, dt float64, on func(host, fault string) float64) {
	queue := on(dbHost, "io-queue")
	ops := m.iops * max(.1, 1+.35*wave(t)+.4*m.noise.at(t, 20, 20)) * (1 + 2*queue)
	m.reads += dt * ops * .6
	m.writes += dt * ops * .4
	m.readSeconds += dt * ops * .6 * (.0004 + .03*queue)
	m.writeSeconds += dt * ops * .4 * (.0009 + .05*queue)
	busy := min(.995, ops*.00013+.9*queue)
	m.ioSeconds += dt * busy
	m.ioWeighted += dt * (busy*1.4 + 24*queue)
	m.psiIO += dt * min(.9, m.iowait+.6*queue)
	m.psiIOFull += dt * min(.8, m.iowait*.5+.35*queue)
	for i := range m.mounts {
		// A slow rise that a clean-up undoes every eight hours.
		want := m.mounts[i].used + .012*math.Mod(t, 28800)/28800
		if i == len(m.mounts)-1 {
			if fill := on(dbHost, "disk-fill"); fill > 0 {
				m.filled[i] = min(m.filled[i]+dt*.0009*fill, .985)
				continue
			}
			if on(dbHost, "disk-full") > 0 {
				want = .96
			}
		}
		m.filled[i] += (want - m.filled[i]) * (1 - math.Exp(-dt/2))
	}
}

func (m *machine) network(t, dt float64, on func(host, fault string) float64) {
	errors := on(webHost, "net-errors")
	flow := max(.1, 1+.4*wave(t)+.25*m.noise.at(t, 15, 30))
	rx, tx := m.receive*flow, m.send*flow
	m.rx += dt * rx
	m.tx += dt * tx
	m.rxPackets += dt * rx / 900
	m.txPackets += dt * tx / 1100
	m.rxErrors += dt * rx / 900 * .04 * errors
	m.rxDrops += dt * (.02 + 60*errors)
	m.segments += dt * tx / 1100
	m.retransmits += dt * tx / 1100 * (.0004 + .0003*m.noise.at(t, 60, 31) + .03*errors)
	m.sockets = 60 + 140*flow
}
