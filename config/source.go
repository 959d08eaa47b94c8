package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"firewatch/sources"
)

// Source is how to reach one server.
type Source struct {
	URL          string            `mapstructure:"url"`
	URLs         []string          `mapstructure:"urls"`
	Timeout      time.Duration     `mapstructure:"timeout"`
	Username     string            `mapstructure:"username"`
	PasswordFile string            `mapstructure:"password_file"`
	PasswordEnv  string            `mapstructure:"password_env"`
	TokenFile    string            `mapstructure:"token_file"`
	TokenEnv     string            `mapstructure:"token_env"`
	APIKeyFile   string            `mapstructure:"api_key_file"`
	APIKeyEnv    string            `mapstructure:"api_key_env"`
	Headers      map[string]string `mapstructure:"headers"`
	CAFile       string            `mapstructure:"ca_file"`
	CertFile     string            `mapstructure:"cert_file"`
	KeyFile      string            `mapstructure:"key_file"`
	ServerName   string            `mapstructure:"server_name"`
	Insecure     bool              `mapstructure:"insecure"`
	Index        string            `mapstructure:"index"`
	// Clusters are several clusters of Alertmanager, by name, in place of one; the
	// rest is then empty.
	Clusters map[string]Source `mapstructure:"clusters"`
}

// check makes the first of several addresses the one, and refuses what cannot be.
func (s *Source) check(at, kind string) error {
	if len(s.Clusters) > 0 {
		if kind != "alertmanager" {
			return fmt.Errorf("%s.clusters: only alertmanager has clusters", at)
		}
		if s.URL != "" || len(s.URLs) > 0 {
			return fmt.Errorf("%s: it has both a url and clusters: move the url into a cluster of its own", at)
		}
		for name, one := range s.Clusters {
			at := at + ".clusters." + name
			if len(one.Clusters) > 0 {
				return fmt.Errorf("%s: a cluster has no clusters of its own", at)
			}
			if err := one.check(at, kind); err != nil {
				return err
			}
			s.Clusters[name] = one
		}
		return nil
	}
	if s.URL == "" && len(s.URLs) > 0 {
		s.URL, s.URLs = s.URLs[0], s.URLs[1:]
	}
	for _, raw := range append([]string{s.URL}, s.URLs...) {
		if kind == "runbooks" && (filepath.IsAbs(raw) || strings.HasPrefix(raw, "file:///")) {
			continue // a directory of this machine
		}
		if err := checkURL(raw); err != nil {
			return fmt.Errorf("%s.url: %w", at, err)
		}
	}
	if s.Timeout < 0 {
		return fmt.Errorf("%s.timeout: %s is negative", at, s.Timeout)
	}
	return nil
}

func checkURL(raw string) error {
	if raw == "" {
		return errors.New("missing: write for instance http://127.0.0.1:9090")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return fmt.Errorf("%q is not a url", redact(raw))
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q must start with http:// or https://", redact(raw))
	case u.Host == "":
		return fmt.Errorf("%q names no host", redact(raw))
	case u.User != nil:
		return fmt.Errorf("%q carries credentials: use username and password_file or password_env", u.Redacted())
	}
	return nil
}

// redact hides what may be a password in an address that does not parse.
func redact(raw string) string {
	if at := strings.LastIndex(raw, "@"); at >= 0 {
		return "…" + raw[at:]
	}
	return raw
}

// options are those of one server, or of several clusters, with their secrets read.
func (s *Source) options(at string, readOnly bool) (sources.Options, error) {
	o := sources.Options{
		URL: s.URL, URLs: s.URLs, Timeout: s.Timeout, Username: s.Username, Headers: s.Headers,
		CAFile: s.CAFile, CertFile: s.CertFile, KeyFile: s.KeyFile, ServerName: s.ServerName,
		Insecure: s.Insecure, Index: s.Index, ReadOnly: readOnly,
	}
	for _, secret := range []struct {
		key, file, env string
		into           *sources.Secret
	}{
		{"password", s.PasswordFile, s.PasswordEnv, &o.Password},
		{"token", s.TokenFile, s.TokenEnv, &o.Token},
		{"api_key", s.APIKeyFile, s.APIKeyEnv, &o.APIKey},
	} {
		value, err := read(secret.file, secret.env)
		if err != nil {
			return o, fmt.Errorf("%s.%s: %w", at, secret.key, err)
		}
		*secret.into = value
	}
	for name, one := range s.Clusters {
		sub, err := one.options(at+".clusters."+name, readOnly)
		if err != nil {
			return o, err
		}
		if o.Clusters == nil {
			o.Clusters = map[string]sources.Options{}
		}
		o.Clusters[name] = sub
	}
	return o, nil
}

func read(file, env string) (sources.Secret, error) {
	switch {
	case file != "":
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("cannot read %s: %w", file, bare(err))
		}
		return sources.Secret(strings.TrimSpace(string(b))), nil
	case env != "":
		v, ok := os.LookupEnv(env)
		if !ok {
			return "", fmt.Errorf("the environment variable %s is not set", env)
		}
		return sources.Secret(v), nil
	}
	return "", nil
}
