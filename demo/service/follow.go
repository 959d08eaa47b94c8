package service

import (
	"context"
	"net/http"
	"time"

	"firewatch/demo/service/chaos"
)

// follow takes part in the faults of another process. While that one does not
// answer, those that are known go on until their time is over.
func (d *Demo) follow(ctx context.Context) {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	lost := false
	for {
		active, err := chaos.Fetch(ctx, client, base(d.opts.Follow))
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			d.chaos.Follow(active)
			if lost {
				d.journal.write(&line{
					Level: "info", Message: "the faults of " + d.opts.Follow + " can be followed again", Event: event{Dataset: app, Action: "chaos-followed"},
				})
			}
		case !lost:
			d.journal.write(&line{
				Level: "warn", Message: "the faults of " + d.opts.Follow + " cannot be followed: " + err.Error(),
				Event: event{Dataset: app, Action: "chaos-unreachable", Outcome: "failure"},
			})
		}
		lost = err != nil
		if sleep(ctx, time.Second) != nil {
			return
		}
	}
}
