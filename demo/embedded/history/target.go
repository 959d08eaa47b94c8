package history

import (
	"fmt"
	"log/slog"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	"github.com/prometheus/prometheus/model/labels"
)

// Targets reads a prometheus.yml and returns what its jobs would add to the
// metrics of their first target, by job name. Metrics is left to the caller.
func Targets(configFile string) (map[string]*Target, error) {
	conf, err := config.LoadFile(configFile, false, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	jobs, err := conf.GetScrapeConfigs()
	if err != nil {
		return nil, fmt.Errorf("scrape jobs of %s: %w", configFile, err)
	}
	found := map[string]*Target{}
	for _, job := range jobs {
		for _, d := range job.ServiceDiscoveryConfigs {
			static, ok := d.(discovery.StaticConfig)
			if !ok || len(static) == 0 || len(static[0].Targets) == 0 {
				continue
			}
			b := labels.NewBuilder(labels.EmptyLabels())
			for name, value := range static[0].Labels {
				b.Set(string(name), string(value))
			}
			b.Set(model.JobLabel, job.JobName)
			b.Set(model.InstanceLabel, string(static[0].Targets[0][model.AddressLabel]))
			found[job.JobName] = &Target{Labels: b.Labels(), Honor: job.HonorLabels}
			break
		}
	}
	return found, nil
}
