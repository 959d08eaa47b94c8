// Package config reads where the servers are and how the console behaves:
// flags over FIREWATCH_ environment variables over a YAML file over defaults.
// It is the only place that knows viper. Secrets come from a file or from the
// environment and are never printed.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"firewatch/sources"
	"firewatch/ui/theme"
)

// Config is the whole configuration after every layer was applied and checked.
type Config struct {
	// Context names the entry of Contexts to open; its letters' case does not count.
	Context string `mapstructure:"context"`
	// Contexts are the places to watch, by name in lower case.
	Contexts map[string]Context `mapstructure:"contexts"`
	// Theme is a name of the theme package; "auto" follows the terminal.
	Theme string `mapstructure:"theme"`
	// Keys remaps actions: view.action to a list of keys.
	Keys map[string][]string `mapstructure:"keys"`
	// Audit is the file that every write is recorded in; empty means the default
	// beside the user's other state.
	Audit string `mapstructure:"audit"`
	// Silence is how to silence and to acknowledge; zero fields are the defaults.
	Silence Silence `mapstructure:"silence"`
	// Attention is how a new page makes itself noticed.
	Attention Attention `mapstructure:"attention"`
	// Views are saved filters, by tab and name, both in lower case.
	Views map[string]map[string]string `mapstructure:"views"`
	// Path is the file that was read; empty when there was none.
	Path string `mapstructure:"-"`
}

// Context is one place to watch.
type Context struct {
	// ReadOnly forbids every write in the client layer; Prod marks the frame.
	ReadOnly bool `mapstructure:"readonly"`
	Prod     bool `mapstructure:"prod"`
	// Refresh is the time between two requests of one query, Span the length of
	// the window at start.
	Refresh time.Duration `mapstructure:"refresh"`
	Span    time.Duration `mapstructure:"span"`
	// User signs silences and notes; empty means the login name.
	User string `mapstructure:"user"`
	// Sources are the servers by kind.
	Sources map[string]Source `mapstructure:"sources"`
}

// delimiter separates the levels of a key inside viper. It is not the usual dot,
// because the ids of keys to remap contain dots.
const delimiter = "::"

// Flags declares the flags that are settings of the configuration.
func Flags(f *pflag.FlagSet) {
	f.String("context", "", "the context of the config to open")
	f.String("theme", "", "auto, "+strings.Join(theme.Names(), ", "))
	f.String("audit", "", "the file that records every write")
	f.String("prometheus", "", "the url of Prometheus, in place of the context's")
	f.String("alertmanager", "", "the url of Alertmanager, in place of the context's")
	f.String("elasticsearch", "", "the url of Elasticsearch, in place of the context's")
	f.Bool("readonly", false, "forbid every write, whatever the config says")
	f.Duration("refresh", 0, "the time between two requests of one query")
	f.Duration("span", 0, "the length of the window at start")
}

// DefaultPath is where the file is looked for when none is named: under
// XDG_CONFIG_HOME or the system's place for configuration.
func DefaultPath() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "firewatch", "config.yaml")
}

// Load reads the file at path, or the default one when path is empty, then the
// environment and the flags. A file that was named and is not there is an
// error; a default one that is not there, or that names no context, leaves the
// built-in contexts "local" and "compose". Flags may be nil. An unknown key, a
// wrong type or an impossible value is an error that names the key and the file.
func Load(path string, flags *pflag.FlagSet) (*Config, error) {
	v := viper.NewWithOptions(viper.KeyDelimiter(delimiter))
	v.SetConfigType("yaml")
	c := &Config{Theme: "auto", Attention: attention}
	named := path != ""
	if !named {
		path = DefaultPath()
	}
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
		c.Path = path
		if err := v.ReadConfig(strings.NewReader(string(data))); err != nil {
			return nil, fmt.Errorf("config %s: %w", path, plainParse(err))
		}
	case named || !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("config %s: %w (make one with: firewatch config example)", path, bare(err))
	}
	for _, key := range []string{"context", "theme", "audit"} {
		if err := v.BindEnv(key, "FIREWATCH_"+strings.ToUpper(key)); err != nil {
			return nil, err
		}
		if f := lookup(flags, key); f != nil && f.Changed {
			v.Set(key, f.Value.String())
		}
	}
	if err := v.UnmarshalExact(c, func(d *mapstructure.DecoderConfig) {
		d.DecodeHook = mapstructure.ComposeDecodeHookFunc(mapstructure.StringToTimeDurationHookFunc(), mapstructure.StringToSliceHookFunc(","))
	}); err != nil {
		return nil, fmt.Errorf("config %s: %w", c.origin(), explain(err))
	}
	if len(c.Contexts) == 0 {
		c.Contexts = builtin()
		if c.Context == "" {
			c.Context = builtinDefault
		}
	}
	if err := c.settle(flags); err != nil {
		return nil, fmt.Errorf("config %s: %w", c.origin(), err)
	}
	return c, nil
}

// origin names the file for errors.
func (c *Config) origin() string {
	if c.Path == "" {
		return "(no file)"
	}
	return c.Path
}

// settle chooses the context, lays environment and flags over it, fills the
// defaults and checks every value.
func (c *Config) settle(flags *pflag.FlagSet) error {
	names := c.Names()
	if c.Context == "" {
		if len(names) > 1 {
			return fmt.Errorf("context: not set, and there are several: %s", strings.Join(names, ", "))
		}
		c.Context = names[0]
	}
	// viper lower-cases keys, not values.
	c.Context = strings.ToLower(c.Context)
	if _, ok := c.Contexts[c.Context]; !ok {
		return fmt.Errorf("context: no context %q: known are %s%s", c.Context, strings.Join(names, ", "), advice(c.Context))
	}
	if c.Theme != "auto" && !slices.Contains(theme.Names(), c.Theme) {
		return fmt.Errorf("theme: unknown theme %q: known are auto, %s", c.Theme, strings.Join(theme.Names(), ", "))
	}
	if err := c.Attention.check(); err != nil {
		return err
	}
	if err := c.Silence.check(); err != nil {
		return err
	}
	readOnly, err := forbidden(flags)
	if err != nil {
		return err
	}
	for _, name := range names {
		ctx := c.Contexts[name]
		// Every context, since another one may be opened later.
		ctx.ReadOnly = ctx.ReadOnly || readOnly
		if name == c.Context {
			if err := ctx.override(flags); err != nil {
				return err
			}
		}
		if err := ctx.check("contexts." + name); err != nil {
			return err
		}
		c.Contexts[name] = ctx
	}
	return nil
}

// override lays the environment and the flags over the context that is opened.
func (ctx *Context) override(flags *pflag.FlagSet) error {
	if ctx.Sources == nil {
		ctx.Sources = map[string]Source{}
	}
	for _, kind := range sources.Kinds() {
		address := os.Getenv("FIREWATCH_" + strings.ToUpper(kind))
		if f := lookup(flags, kind); f != nil && f.Changed {
			address = f.Value.String()
		}
		if address != "" {
			s := ctx.Sources[kind]
			s.URL, s.Clusters = address, nil
			ctx.Sources[kind] = s
		}
	}
	for key, into := range map[string]*time.Duration{"refresh": &ctx.Refresh, "span": &ctx.Span} {
		text := os.Getenv("FIREWATCH_" + strings.ToUpper(key))
		if f := lookup(flags, key); f != nil && f.Changed {
			text = f.Value.String()
		}
		if text == "" {
			continue
		}
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%s: %q is not a duration such as 15s or 3h", key, text)
		}
		*into = d
	}
	return nil
}

// forbidden says whether the flag or the environment forbids every write. What
// is neither yes nor no is an error: a guard that is spelt wrong must not stand
// open.
func forbidden(flags *pflag.FlagSet) (bool, error) {
	if f := lookup(flags, "readonly"); f != nil && f.Changed && f.Value.String() == "true" {
		return true, nil
	}
	text := os.Getenv("FIREWATCH_READONLY")
	if text == "" {
		return false, nil
	}
	yes, err := strconv.ParseBool(text)
	if err != nil {
		return false, fmt.Errorf("FIREWATCH_READONLY: %q is neither true nor false", text)
	}
	return yes, nil
}

// The bounds of Refresh and Span. Below a second a refresh is a load test; the
// longest window is what retention usually keeps.
const (
	defaultRefresh = 5 * time.Second
	defaultSpan    = time.Hour
	minRefresh     = time.Second
	maxRefresh     = 10 * time.Minute
	minSpan        = time.Minute
	maxSpan        = 90 * 24 * time.Hour
)

func (ctx *Context) check(at string) error {
	if ctx.Refresh == 0 {
		ctx.Refresh = defaultRefresh
	}
	if ctx.Span == 0 {
		ctx.Span = defaultSpan
	}
	if ctx.Refresh < minRefresh || ctx.Refresh > maxRefresh {
		return fmt.Errorf("%s.refresh: %s is not between %s and %s", at, ctx.Refresh, minRefresh, maxRefresh)
	}
	if ctx.Span < minSpan || ctx.Span > maxSpan {
		return fmt.Errorf("%s.span: %s is not between %s and %s", at, ctx.Span, minSpan, maxSpan)
	}
	if len(ctx.Sources) == 0 {
		return fmt.Errorf("%s.sources: empty: name at least one of %s", at, strings.Join(sources.Kinds(), ", "))
	}
	for kind, s := range ctx.Sources {
		at := at + ".sources." + kind
		if !slices.Contains(sources.Kinds(), kind) {
			return fmt.Errorf("%s: unknown source: known are %s", at, strings.Join(sources.Kinds(), ", "))
		}
		if err := s.check(at, kind); err != nil {
			return err
		}
		ctx.Sources[kind] = s
	}
	return nil
}

// Names lists the contexts, sorted.
func (c *Config) Names() []string {
	out := make([]string, 0, len(c.Contexts))
	for n := range c.Contexts {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Options are the source options of a context, with its secrets read. A secret
// whose file cannot be read or whose variable is not set is an error.
func (c *Config) Options(context string) (map[string]sources.Options, error) {
	ctx, ok := c.Contexts[strings.ToLower(context)]
	if !ok {
		return nil, fmt.Errorf("no context %q: known are %s", context, strings.Join(c.Names(), ", "))
	}
	out := map[string]sources.Options{}
	for kind, s := range ctx.Sources {
		o, err := s.options(fmt.Sprintf("contexts.%s.sources.%s", context, kind), ctx.ReadOnly)
		if err != nil {
			return nil, err
		}
		out[kind] = o
	}
	return out, nil
}

func lookup(f *pflag.FlagSet, name string) *pflag.Flag {
	if f == nil {
		return nil
	}
	return f.Lookup(name)
}
