package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Silence is what a team decides about silences and acknowledgements. A field
// that the file does not name is zero; an empty list is not nil.
type Silence struct {
	// Max is the longest silence, MaxAlerts and MaxServices the widest, that need
	// no typed confirmation.
	Max         time.Duration `mapstructure:"max"`
	MaxAlerts   int           `mapstructure:"max_alerts"`
	MaxServices int           `mapstructure:"max_services"`
	// Quick are the ends that the quick menu offers, such as "1h" or "until 09:00".
	Quick []string `mapstructure:"quick"`
	// Volatile are the labels that matchers leave out where that mutes nothing else.
	Volatile []string `mapstructure:"volatile"`
	// Lease is how long an acknowledgement lasts unless it is renewed, MaxLease how
	// long it is renewed before its owner is asked.
	Lease    time.Duration `mapstructure:"lease"`
	MaxLease time.Duration `mapstructure:"max_lease"`
	// Templates are silences to start from.
	Templates []Template `mapstructure:"templates"`
}

// Template is a silence to start from; empty fields are the form's own.
type Template struct {
	Name     string `mapstructure:"name"`
	Matchers string `mapstructure:"matchers"`
	For      string `mapstructure:"for"`
	Comment  string `mapstructure:"comment"`
}

func (s *Silence) check() error {
	for key, v := range map[string]int64{
		"max": int64(s.Max), "max_alerts": int64(s.MaxAlerts), "max_services": int64(s.MaxServices), "lease": int64(s.Lease), "max_lease": int64(s.MaxLease),
	} {
		if v < 0 {
			return fmt.Errorf("silence.%s: it is negative", key)
		}
	}
	return nil
}

// Attention is how a new page makes itself noticed where nobody looks.
type Attention struct {
	// Bell rings the terminal's bell; Title puts the count into the window's title.
	Bell  bool `mapstructure:"bell"`
	Title bool `mapstructure:"title"`
	// Notify is how the terminal is asked for a notification: auto, osc9, osc777 or off.
	Notify string `mapstructure:"notify"`
	// Severity lists the severities that are pages.
	Severity []string `mapstructure:"severity"`
}

// attention is what the file's keys are laid over.
var attention = Attention{Bell: true, Title: true, Notify: "auto", Severity: []string{"critical"}}

var notifies = []string{"auto", "osc9", "osc777", "off"}

func (a *Attention) check() error {
	if !slices.Contains(notifies, a.Notify) {
		return fmt.Errorf("attention.notify: unknown %q: known are %s", a.Notify, strings.Join(notifies, ", "))
	}
	return nil
}
