package hostsim

import (
	"fmt"
	"math"

	dto "github.com/prometheus/client_model/go"
)

// gpu is the state of one accelerator.
type gpu struct {
	host    *machine
	n       int
	noise   noise
	util    float64 // 0..1
	memory  float64 // MiB used
	temp    float64
	power   float64
	energy  float64 // mJ, a running total
	xid     float64
	replays float64
}

const gpuMemory = 24564.0 // MiB

func newGPU(h *machine, n int, z noise) *gpu {
	return &gpu{host: h, n: n, noise: z, temp: 52}
}

func (g *gpu) advance(t, dt float64, level func(string) float64) {
	on := func(n int, fault string) float64 {
		if g.n != n {
			return 0
		}
		return level(fault)
	}
	// The first one serves, in step with the callers; the second one trains in
	// long runs.
	if g.n == 0 {
		g.util = .45 + .2*wave(t) + .12*g.noise.at(t, 12, 1)
	} else {
		g.util = .05 + .03*g.noise.at(t, 9, 2)
		if g.noise.at(t, 1500, 3) > -.2 {
			g.util = .88 + .07*g.noise.at(t, 8, 4)
		}
	}
	hot, full := on(0, "gpu-hot"), on(1, "gpu-full")
	g.util = min(max(g.util+hot*.3, 0), 1)
	g.memory = gpuMemory * (.52 + .02*float64(g.n) + .01*g.noise.at(t, 90, 5))
	if g.n == 1 && g.util > .5 {
		g.memory = gpuMemory * .81
	}
	g.memory += full * (.985*gpuMemory - g.memory)
	g.power = 32 + 128*g.util
	target, period := 36+34*g.util+1.5*g.noise.at(t, 50, 6), 40.0
	if hot > 0 {
		target, period = target+hot*(91-target), 2
	}
	g.temp += (target - g.temp) * (1 - math.Exp(-dt/period))
	g.energy += dt * g.power * 1000
	g.replays += dt * .0003
	g.xid = 0
	if on(1, "gpu-xid") > 0 {
		g.xid = 79
	}
}

func (s *Sim) describeGPU(g *gpu) {
	labels := []string{
		"instance", g.host.instance, "Hostname", g.host.name, "gpu", fmt.Sprint(g.n), "device", fmt.Sprintf("nvidia%d", g.n),
		"UUID", fmt.Sprintf("GPU-5f1e0%d7a-51d0-4c55-9d0e-0b6d3c0a%04d", g.n, 1710+g.n), "modelName", "NVIDIA A10", "simulated", "true",
	}
	gauge := func(name, help string, v func() float64) {
		s.add(name, help, dto.MetricType_GAUGE, g.host, v, labels...)
	}
	counter := func(name, help string, v func() float64) {
		s.add(name, help, dto.MetricType_COUNTER, g.host, v, labels...)
	}
	zero := func() float64 { return 0 }
	gauge("DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", func() float64 { return math.Round(100 * g.util) })
	gauge("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "Ratio of time the graphics engine is active.", func() float64 { return g.util * .96 })
	gauge("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "Ratio of cycles the tensor pipe is active.", func() float64 { return g.util * .41 })
	gauge("DCGM_FI_PROF_DRAM_ACTIVE", "Ratio of cycles the memory interface is active.", func() float64 { return g.util * .37 })
	gauge("DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB).", func() float64 { return math.Round(g.memory) })
	gauge("DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB).", func() float64 { return gpuMemory - math.Round(g.memory) })
	gauge("DCGM_FI_DEV_GPU_TEMP", "GPU temperature (in C).", func() float64 { return math.Round(g.temp) })
	gauge("DCGM_FI_DEV_MEMORY_TEMP", "Memory temperature (in C).", func() float64 { return math.Round(g.temp + 6) })
	gauge("DCGM_FI_DEV_POWER_USAGE", "Power draw (in W).", func() float64 { return g.power })
	counter("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "Total energy consumption since boot (in mJ).", func() float64 { return g.energy })
	gauge("DCGM_FI_DEV_SM_CLOCK", "SM clock frequency (in MHz).", func() float64 { return 210 + math.Round(1485*min(1, g.util*1.4)/15)*15 })
	gauge("DCGM_FI_DEV_XID_ERRORS", "Value of the last XID error encountered.", func() float64 { return g.xid })
	gauge("DCGM_FI_DEV_ROW_REMAP_FAILURE", "Whether remapping of rows has failed.", zero)
	counter("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "Total number of double-bit volatile ECC errors.", zero)
	counter("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "Total number of PCIe retries.", func() float64 { return math.Floor(g.replays) })
	counter("DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "Total number of NVLink bandwidth counters for all lanes.", zero)
}
