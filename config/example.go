package config

import _ "embed"

// Example is a commented configuration that names every key; it loads as it is.
//
//go:embed example.yaml
var Example string
