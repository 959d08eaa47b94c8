package main

import "firewatch/cli"

// console runs the console in this process, as the firewatch command does.
func console(args []string) int { return cli.Main(args) }
