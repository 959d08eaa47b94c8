package gameday

// hostScenarios are about hosts, which are simulated: nothing but cpu-burn costs
// the machine anything.
var hostScenarios = []Scenario{
	{
		Name: "disk-fill", Area: "infra", Breaks: "a disk fills within minutes",
		Do:     []Step{{Fault: "disk-fill"}},
		Alerts: []Alert{{Name: "HostFilesystemFillingUp", Where: "instance=db-1:9100", After: 63}},
		Lines:  []Line{{Query: "event.action:filesystem-low AND host.name:db-1", After: 3}},
		Told:   []Delivery{{"slack", "HostFilesystemFillingUp"}}, Disturbs: []string{"db-1 disk"},
	},
	{
		Name: "io-queue", Area: "infra", Breaks: "a disk has more to do than it can",
		Do:     []Step{{Fault: "io-queue"}},
		Alerts: []Alert{{Name: "HostDiskSaturated", Where: "instance=db-1:9100", After: 55}},
		Lines:  []Line{{Query: "event.action:io-timeout AND host.name:db-1", After: 3}},
		Told:   []Delivery{{"slack", "HostDiskSaturated"}}, Disturbs: []string{"db-1 queue"},
	},
	{
		Name: "clock-skew", Area: "infra", Breaks: "a clock is 200 ms off",
		Do:     []Step{{Fault: "clock-skew"}},
		Alerts: []Alert{{Name: "HostClockSkew", Where: "instance=db-1:9100", After: 65}},
		Told:   []Delivery{{"slack", "HostClockSkew"}}, Disturbs: []string{"db-1 clock"},
	},
	{
		Name: "gpu-hot", Area: "infra", Breaks: "a GPU overheats",
		Do:     []Step{{Fault: "gpu-hot"}},
		Alerts: []Alert{{Name: "GPUHot", Where: "gpu=0", After: 27}},
		Told:   []Delivery{{"slack", "GPUHot"}}, Disturbs: []string{"gpu-1 heat"},
	},
	{
		Name: "gpu-xid", Area: "infra", Breaks: "a GPU falls off the bus (XID 79)",
		Do:     []Step{{Fault: "gpu-xid"}},
		Alerts: []Alert{{Name: "GPUXidError", Where: "gpu=1", After: 5}},
		Lines:  []Line{{Query: "event.action:gpu-xid AND host.name:gpu-1", After: 3}},
		Told:   []Delivery{{"pager", "GPUXidError"}}, Disturbs: []string{"gpu-1 bus"},
	},
	{
		Name: "gpu-full", Area: "infra", Breaks: "a GPU is out of memory",
		Do:     []Step{{Fault: "gpu-full"}},
		Alerts: []Alert{{Name: "GPUMemoryAlmostFull", Where: "gpu=1", After: 25}},
		Told:   []Delivery{{"slack", "GPUMemoryAlmostFull"}}, Disturbs: []string{"gpu-1 memory"},
	},
	{
		Name: "net-errors", Area: "infra", Breaks: "a network card damages packets",
		Do:     []Step{{Fault: "net-errors"}},
		Alerts: []Alert{{Name: "HostNetworkErrors", Where: "instance=web-1:9100", After: 45}},
		Told:   []Delivery{{"slack", "HostNetworkErrors"}}, Disturbs: []string{"web-1 network"},
	},
	{
		Name: "load", Area: "infra", Breaks: "four tasks for each core",
		Do:     []Step{{Fault: "load"}},
		Alerts: []Alert{{Name: "HostSaturated", Where: "instance=web-1:9100", After: 70}},
		Lines:  []Line{{Query: "event.action:perf-throttled AND host.name:web-1", After: 3}},
		Told:   []Delivery{{"slack", "HostSaturated"}}, Disturbs: []string{"web-1 processors"},
	},
	{
		Name: "mem", Area: "infra", Breaks: "a host runs out of memory",
		Do:     []Step{{Fault: "mem"}},
		Alerts: []Alert{{Name: "HostHighMemory", Where: "instance=web-1:9100", After: 25}},
		Never:  []Alert{{Name: "HostOOMKill", Where: "instance=web-1:9100"}},
		Lines:  []Line{{Query: "event.action:page-allocation-failure AND host.name:web-1", After: 3}},
		Told:   []Delivery{{"slack", "HostHighMemory"}}, Disturbs: []string{"web-1 memory"},
	},
	{
		Name: "thrash", Area: "infra", Breaks: "all tasks of a host wait for memory",
		Do:     []Step{{Fault: "thrash"}},
		Alerts: []Alert{{Name: "HostMemoryPressure", Where: "instance=web-1:9100", After: 37}},
		Never:  []Alert{{Name: "HostOOMKill", Where: "instance=web-1:9100"}},
		Lines:  []Line{{Query: "event.action:task-blocked AND host.name:web-1", After: 3}},
		Told:   []Delivery{{"slack", "HostMemoryPressure"}}, Disturbs: []string{"web-1 memory"},
	},
	{
		Name: "oom", Area: "infra", Breaks: "a kernel kills a process",
		Do:     []Step{{Fault: "oom"}},
		Alerts: []Alert{{Name: "HostOOMKill", Where: "instance=web-1:9100", After: 5}},
		Lines:  []Line{{Query: "event.action:oom-kill AND host.name:web-1", After: 3}},
		Told:   []Delivery{{"slack", "HostOOMKill"}}, Disturbs: []string{"web-1 memory"},
	},
	{
		Name: "disk-full", Area: "infra", Breaks: "a disk is at 96 %",
		Do:     []Step{{Fault: "disk-full"}},
		Alerts: []Alert{{Name: "HostFilesystemAlmostFull", Where: "instance=db-1:9100", After: 25}},
		Lines:  []Line{{Query: "event.action:filesystem-low AND host.name:db-1 AND log.level:error", After: 3}},
		Told:   []Delivery{{"slack", "HostFilesystemAlmostFull"}}, Disturbs: []string{"db-1 disk"},
	},
	{
		Name: "cpu-burn", Area: "infra", Breaks: "processor time of this machine, and of a simulated host, is burnt",
		Do:     []Step{{Fault: "cpu-burn", Intensity: .95}},
		Alerts: []Alert{{Name: "HostHighCPU", Where: "instance=web-1:9100", After: 35}},
		Never:  []Alert{{Name: "HostSaturated", Where: "instance=web-1:9100"}},
		Spans:  []Span{{Service: "fraud-scorer", Operation: "model.predict", After: 5}},
		Told:   []Delivery{{"slack", "HostHighCPU"}},
		// What the machine itself does is disturbed as well, all of it.
		Disturbs: []string{"web-1 processors", "latency"},
	},
	{
		Name: "node-down", Area: "infra", Breaks: "a host does not answer",
		Do:     []Step{{Fault: "node-down"}},
		Alerts: []Alert{{Name: "TargetDown", Where: "instance=web-1:9100", After: 27}},
		Told:   []Delivery{{"pager", "TargetDown"}}, Disturbs: []string{"web-1 processors", "web-1 memory", "web-1 network"},
	},
}
