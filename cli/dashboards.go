package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"firewatch/views"
)

// dashboards writes tabs as dashboards of Grafana: one to standard output, or any
// number into a folder. It asks no server.
func (p *program) dashboards(args []string) (int, error) {
	names := args
	if len(names) == 0 {
		names = views.Dashboards()
	}
	if p.dir == "" && len(names) > 1 {
		return misused, fmt.Errorf("dashboards: name one of %s to print it, or a folder for all with --dir", strings.Join(names, ", "))
	}
	for _, name := range names {
		text, left, err := p.dashboard(name)
		if err != nil {
			return misused, err
		}
		notes := p.out
		if p.dir == "" {
			notes = p.err
			_, err = p.out.Write(text)
		} else {
			err = p.save(name, text)
		}
		if err != nil {
			return failed, err
		}
		for _, what := range left {
			fmt.Fprintf(notes, "  left out, only a terminal draws it: %s\n", what)
		}
	}
	return ok, nil
}

// dashboard is one tab as JSON, and what of it a dashboard cannot show.
func (p *program) dashboard(name string) ([]byte, []string, error) {
	board, left, err := views.Dashboard(name, p.export)
	if err != nil {
		return nil, nil, err
	}
	d, err := board.Dashboard()
	if err != nil {
		return nil, nil, err
	}
	text, err := d.Encode()
	return text, left, err
}

// save writes one file into the folder, which is made when it is missing.
func (p *program) save(name string, text []byte) error {
	path := filepath.Join(p.dir, name+".json")
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for dashboards %s: %w", p.dir, errors.Unwrap(err))
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("write dashboard %s: %w", path, errors.Unwrap(err))
	}
	_, err := fmt.Fprintln(p.out, path)
	return err
}

// dashboardFlags are those of the command dashboards.
func (p *program) dashboardFlags(f *pflag.FlagSet) {
	f.StringVar(&p.dir, "dir", "", "the folder that dashboards writes into")
	f.StringVar(&p.export.Profile, "profile", "", "how the services of the application dashboard name their request metrics (default "+views.Profiles()[0]+")")
	f.BoolVar(&p.export.Native, "native", false, "have the application dashboard read native histograms")
}
