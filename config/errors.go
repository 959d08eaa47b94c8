package config

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/viper"
)

// bare takes the path out of a file error, where the caller names it already.
func bare(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	return err
}

// plainParse drops viper's own words around a YAML error.
func plainParse(err error) error {
	if pe, ok := errors.AsType[viper.ConfigParseError](err); ok {
		return pe.Unwrap()
	}
	return err
}

// invalidKeys is how the decoder reports keys that no field takes.
var invalidKeys = regexp.MustCompile(`'?([^'\n]*?)'? has invalid keys: ([^\n]+)`)

// explain turns the decoder's report into a line that names the key as the file
// has it.
func explain(err error) error {
	m := invalidKeys.FindStringSubmatch(err.Error())
	if m == nil {
		return errors.New(strings.TrimPrefix(err.Error(), "decoding failed due to the following error(s):\n\n"))
	}
	at := strings.NewReplacer("[", ".", "]", "").Replace(strings.TrimSpace(m[1]))
	// The decoder names the top of the file by the Go type that takes it.
	at = strings.TrimPrefix(strings.TrimPrefix(at, "config.Config"), ".")
	var named []string
	for key := range strings.SplitSeq(m[2], ",") {
		key = strings.TrimSpace(key)
		if at != "" {
			key = strings.ToLower(at) + "." + key
		}
		named = append(named, key)
	}
	return errors.New("unknown key " + strings.Join(named, ", ") + ": see firewatch config example")
}
