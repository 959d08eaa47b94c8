// Command firewatch is a terminal operations console for the engineer who is on
// call. Run it with --help for its commands, or see README.md.
package main

import (
	"os"
	_ "time/tzdata" // the zone of $TZ where the system has no zone files, as in a bare container

	"firewatch/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
