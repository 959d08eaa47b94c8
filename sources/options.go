package sources

import "time"

// Secret is a credential that prints as dots, so that no log, error or screen
// shows it by accident.
type Secret string

// String hides the secret; an empty one is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "•••"
}

// GoString hides the secret from %#v.
func (s Secret) GoString() string { return s.String() }

// Options say how to reach one source. The zero value lacks a URL and is refused.
type Options struct {
	// URL is the base address, with a path prefix if there is one; URLs names
	// further peers of the same cluster (Alertmanager only).
	URL  string
	URLs []string
	// Clusters are several clusters in place of one, by name (Alertmanager only);
	// all else but ReadOnly is then theirs.
	Clusters map[string]Options
	// Timeout bounds one request; 0 means 10 s.
	Timeout time.Duration
	// Username and Password are for basic authentication, Token for bearer,
	// APIKey for Elasticsearch's ApiKey scheme.
	Username                string
	Password, Token, APIKey Secret
	// Headers are sent with every request, such as X-Scope-OrgID.
	Headers map[string]string
	// CAFile, CertFile and KeyFile are PEM files; ServerName overrides the name
	// that the certificate must have.
	CAFile, CertFile, KeyFile, ServerName string
	// Insecure skips the verification of the server's certificate.
	Insecure bool
	// Index is the index pattern of a log store; empty means "logs-*".
	Index string
	// ReadOnly makes the client refuse every request that writes.
	ReadOnly bool
	// MaxBytes bounds one answer after decompression; 0 means 64 MiB.
	MaxBytes int64
}
