package views

import (
	"math"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"firewatch/sources"
	"firewatch/ui"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// open is the row of the host that is open; a host that the list does not have,
// or not yet, is a row that only has a name.
func (v *infrastructure) open(env *ui.Env) *row {
	rows := v.hosts(env).all
	for _, label := range []string{"instance", "nodename"} {
		for _, r := range rows {
			if r.labels[label] == v.host {
				return r
			}
		}
	}
	return &row{key: v.host, labels: map[string]string{"instance": v.host}}
}

// hostLayout shows one host: what is used, saturated and broken above, the
// charts of its resources below.
func (v *infrastructure) hostLayout(env *ui.Env) ui.Node {
	if len(v.hosts(env).all) == 0 {
		// The list says what the host is that was named from outside.
		return ui.P(ui.Panel{Title: v.host, Queries: []sources.Query{now(latest(env), "infra.fleet.name")}, Blank: noHosts, Draw: func(b draw.Box, _ []sources.Frame) draw.Block {
			return draw.Fit(b, nil)
		}})
	}
	r := v.open(env)
	var jobs []string
	if j := r.labels["job"]; j != "" {
		jobs = append(jobs, j)
	}
	node := is("instance", r.labels["instance"])
	long, short := charted(env, jobs...).With("node", node), latest(env, jobs...).With("node", node)

	head := statsPanel(hostName(r), short, hostStats...)
	// What the host is stays known while it is open; and not every one has GPUs.
	short["gpu"] = sameHost(r.labels["instance"])
	cards := now(short, "gpu.name")
	head.Queries = append(head.Queries, now(latest(env), "infra.fleet.name"), cards)
	head.Note = strings.TrimSpace(r.labels["release"] + " " + r.labels["machine"])
	if why := v.hosts(env).down[r.key]; why != "" {
		head.Note = "down: " + why
	}
	var panels []ui.Panel
	for _, c := range hostCharts {
		switch panel(c.ids[0]).Kind {
		case "column":
			panels = append(panels, filesystems(short))
		case "heatrow":
			panels = append(panels, rowPanel(env, c.title, long, c.ids[0]))
		default:
			panels = append(panels, chartPanel(env, c.title, long, c.ids...))
		}
	}
	if len(env.Result(cards).Frame.Series) > 0 {
		panels = slices.Insert(panels, 3, gpus(short))
	}
	return v.pages.layout(env, head, tileLines(env, len(hostStats)), panels)
}

// sameHost matches the instances on the host of this one: other exporters listen
// on other ports.
func sameHost(instance string) string {
	host := instance
	if h, _, err := net.SplitHostPort(instance); err == nil {
		host = h
	}
	return "instance=~" + strconv.Quote(`\[?`+regexp.QuoteMeta(host)+`\]?(:[0-9]+)?`)
}

// hostStats are the tiles of a host: utilisation, saturation and errors of each
// resource in turn.
var hostStats = []stat{
	{id: "infra.cpu.util", label: "cpu", spark: true},
	{id: "infra.fleet.load", label: "load per core"},
	{id: "infra.psi.cpu", label: "cpu waiting"},
	{id: "infra.mem.util", label: "memory", spark: true},
	{id: "infra.psi.memfull", label: "memory stalled"},
	{id: "infra.mem.oom", label: "out of memory"},
	{id: "infra.fleet.io", label: "disk busy", spark: true},
	{id: "infra.disk.queue", label: "disk queue"},
	{id: "infra.fleet.disk", label: "fullest disk"},
	{id: "infra.net.drops", label: "net drops"},
	{id: "infra.net.errs", label: "net errors"},
	{id: "infra.time.offset", label: "clock offset"},
	{id: "infra.limits.fds", label: "open files"},
	{id: "infra.fleet.uptime", label: "up"},
	{id: "infra.hw.edac", label: "memory errors"},
	{id: "infra.hw.md", label: "failed disks"},
}

// hostCharts are the panels of a host, in the order of reading.
var hostCharts = []chart{
	{title: "cpu by mode", ids: []string{"infra.cpu.mode"}},
	{title: "load", ids: []string{"infra.cpu.load"}},
	{title: "memory", ids: []string{"infra.mem.used"}},
	{title: "filesystems", ids: fileColumns},
	{title: "disk busy", ids: []string{"infra.disk.util"}},
	{title: "disk throughput", ids: []string{"infra.disk.read", "infra.disk.write"}},
	{title: "network throughput", ids: []string{"infra.net.rx", "infra.net.tx"}},
	{title: "pressure", ids: []string{"infra.psi.cpu", "infra.psi.mem", "infra.psi.memfull", "infra.psi.io", "infra.psi.iofull"}},
	{title: "disk queue", ids: []string{"infra.disk.queue"}},
	{title: "disk latency", ids: []string{"infra.disk.rlat", "infra.disk.wlat"}},
	{title: "network drops", ids: []string{"infra.net.drops", "infra.net.listen"}},
	{title: "tcp retransmits", ids: []string{"infra.net.retrans"}},
	{title: "cores", ids: []string{"infra.cpu.core"}},
	{title: "paging", ids: []string{"infra.mem.faults", "infra.mem.swapio"}},
	{title: "temperature", ids: []string{"infra.hw.temp"}},
}

// fileColumns are the entries of the table of filesystems; the first says which there are.
var fileColumns = []string{"infra.fs.size", "infra.fs.used", "infra.fs.inodes", "infra.fs.full_in", "infra.fs.ro"}

// filesystems is a table of them, fullest first.
func filesystems(v Vars) ui.Panel {
	return ui.Panel{Title: "filesystems", Queries: columnsOf(v, fileColumns...), Partial: true, Blank: blank(panel("infra.fs.size")), Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		rows := join([]string{"device", "mountpoint"}, true, fileColumns, answers)
		byScore(rows, func(r *row) float64 {
			return r.score("infra.fs.used", "infra.fs.inodes", "infra.fs.ro", "infra.fs.full_in")
		})
		return draw.Table{
			Columns: []draw.Column{
				{Title: "mounted on", Min: 10}, {Title: "device", W: 14, Drop: 4}, {Title: "type", W: 6, Drop: 5}, {Title: "size", W: 8, Right: true, Drop: 2},
				{Title: "used", W: 14, Right: true}, {Title: "inodes", W: 7, Right: true, Drop: 1}, {Title: "full in", W: 8, Right: true, Drop: 3},
			},
			Rows: len(rows), Sel: -1, Empty: "no filesystems",
			Row: func(i int) []draw.Cell {
				r := rows[i]
				name := draw.Cell{Text: r.labels["mountpoint"]}
				if ro, _ := r.get("infra.fs.ro"); ro > 0 {
					name.Text, name.Level = name.Text+" read-only", theme.Crit
				}
				full := r.cell("infra.fs.full_in")
				if s, ok := r.get("infra.fs.full_in"); ok && s > float64(90*24*time.Hour/time.Second) || math.IsInf(s, 0) {
					full = draw.Cell{Text: ">90d", Dim: true}
				}
				return []draw.Cell{
					name, {Text: r.labels["device"], Dim: true}, {Text: r.labels["fstype"], Dim: true}, r.cell("infra.fs.size"),
					r.meter("infra.fs.used"), r.cell("infra.fs.inodes"), full,
				}
			},
		}.Draw(b)
	}}
}

// gpuColumns are the entries of the table of GPUs; the first says which there are.
var gpuColumns = []string{"gpu.name", "gpu.util", "gpu.mem", "gpu.temp", "gpu.power", "gpu.xid", "gpu.remap"}

// gpus is a table of them, worst first.
func gpus(v Vars) ui.Panel {
	return ui.Panel{Title: "gpus", Queries: columnsOf(v, gpuColumns...), Partial: true, Blank: blank(panel("gpu.name")), Draw: func(b draw.Box, answers []sources.Frame) draw.Block {
		rows := join([]string{"gpu", "UUID"}, true, gpuColumns, answers)
		byScore(rows, func(r *row) float64 { return r.score("gpu.mem", "gpu.temp", "gpu.xid", "gpu.remap") })
		return draw.Table{
			Columns: []draw.Column{
				{Title: "gpu", W: 3}, {Title: "model", Min: 8, Drop: 3}, {Title: "busy", W: 14, Right: true}, {Title: "memory", W: 14, Right: true},
				{Title: "temp", W: 7, Right: true}, {Title: "power", W: 6, Right: true, Drop: 2}, {Title: "xid", W: 5, Right: true, Drop: 1},
			},
			Rows: len(rows), Sel: -1, Empty: "no GPUs",
			Row: func(i int) []draw.Cell {
				r := rows[i]
				return []draw.Cell{
					{Text: r.labels["gpu"]}, {Text: r.labels["modelName"], Dim: true}, r.meter("gpu.util"), r.meter("gpu.mem"), r.cell("gpu.temp"), r.cell("gpu.power"), r.cell("gpu.xid"),
				}
			},
		}.Draw(b)
	}}
}
