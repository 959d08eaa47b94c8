// Package ui is the shell of the console: the only Bubble Tea model, the only
// starter of I/O (the scheduler), the layout, the keys and the overlays. A tab
// is a [View]: it remembers what the user chose and returns a layout of panels;
// a panel names its queries and how their answers are drawn. Everything else
// (fetching, cancelling, ages, errors, caching, focus) happens here, once.
//
// State changes only in Update, on the event loop: there is no mutex and no
// goroutine of our own in this package.
package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"firewatch/sources"
	"firewatch/ui/draw"
	"firewatch/ui/theme"
)

// View is one tab. It does no I/O, starts no goroutine and keeps no clock; it
// holds choices such as the selection, a filter, what was drilled into.
type View interface {
	// Name is the tab's label, its :command and its key in the config: lower case, one word.
	Name() string
	// Layout says what to show for the choices made so far. It is called after
	// every message, so it must be cheap; the queries of its visible panels are
	// what the scheduler keeps answered.
	Layout(*Env) Node
	// Keys says what can be done, in the order of the footer. It returns the same
	// IDs whatever the view shows, so that the config can name them: what cannot
	// be done at the moment has Off, and Hidden where its mention would confuse.
	Keys(*Env) []Key
}

// Backer is implemented by a view that can be drilled into.
type Backer interface {
	// Back leaves one level of the drill-down and says whether there was one.
	Back(*Env) bool
}

// Opener is implemented by a view that other tabs and the command line can open
// at something: `:alerts severity=critical`, `L` on a service.
type Opener interface {
	// Open shows what arg names, in the view's own words; an arg that it does not
	// understand is an error that says what it takes.
	Open(env *Env, arg string) error
}

// Completer is implemented by a view that knows how an argument of [Opener]
// may go on; the command palette offers it.
type Completer interface {
	// Complete lists the arguments that begin with arg, best first.
	Complete(env *Env, arg string) []string
}

// Badger is implemented by a view that shows a count on its tab.
type Badger interface {
	// Badge is the text beside the tab's name, and its level; empty shows none.
	// Pinned are the queries that it needs; they stay answered while the tab is closed.
	Badge(*Env) (string, theme.Level)
	Pinned() []sources.Query
}

// Shortener is implemented by a view whose name is too long for a narrow screen.
type Shortener interface {
	// Short is the label of the tab where the names of all do not fit.
	Short() string
}

// Keeper is implemented by a view that has to act while nobody presses a key,
// such as to renew a lease.
type Keeper interface {
	// Keep is called after every message and at least once a second, whether or not
	// the tab is open, so it must be cheap; what it does to a server goes through
	// [Env.Quietly].
	Keep(*Env) tea.Cmd
}

// Leaver is implemented by a view that stops doing something for the user when
// another context is opened, such as the renewing of leases.
type Leaver interface {
	// Leave says what ends and when, without a full stop; empty when nothing does.
	Leave(*Env) string
}

// Panel is one rectangle of a tab: its queries and how the answers are drawn.
type Panel struct {
	// Title is in the border; it identifies the panel within its layout.
	Title string
	// Queries are asked while the panel is on the screen. Without any, Draw is
	// called with no answers.
	Queries []sources.Query
	// Draw makes the block from the answers, one frame a query in the same order.
	// It is called only when every query has been answered at least once, and
	// cached until an answer, the size, the theme or the view's state changes.
	Draw func(b draw.Box, answers []sources.Frame) draw.Block
	// Partial has Draw called as soon as any query was answered; the others are
	// empty frames until then.
	Partial bool
	// Blank says what to do when all answers are empty, such as which exporter is
	// missing: the shell shows it under the reason for the emptiness, and Draw is
	// not called. An empty Blank has Draw called with the empty answers.
	Blank string
	// Ticks has the panel drawn anew every second, for running ages.
	Ticks bool
	// Note is added to the border on the right, such as the number of rows.
	Note string
	// Click, when set, is told of a mouse click at a cell of the box that Draw had.
	Click func(env *Env, b draw.Box, x, y int) tea.Cmd
}

// Node is a panel or a row or column of nodes.
type Node struct {
	Panel *Panel
	// Row lays Kids side by side, otherwise one below the other.
	Row  bool
	Kids []Node
	// Size is the fixed extent in cells along the parent's direction; 0 shares
	// what is left by Weight.
	Size int
	// Weight is the share among the kids without a size; 0 counts as 1.
	Weight int
	// Min is the extent below which the node is left out, from the last kid
	// backwards; 0 means 3 lines or 20 cells.
	Min int
}

// P is a node of one panel.
func P(p Panel) Node { return Node{Panel: &p} }

// Row lays nodes side by side.
func Row(kids ...Node) Node { return Node{Row: true, Kids: kids} }

// Col lays nodes one below the other.
func Col(kids ...Node) Node { return Node{Kids: kids} }

// Fix gives the node a fixed extent.
func (n Node) Fix(size int) Node { n.Size = size; return n }

// Share gives the node a weight among its siblings.
func (n Node) Share(weight int) Node { n.Weight = weight; return n }

// AtLeast drops the node where it would get less than size cells.
func (n Node) AtLeast(size int) Node { n.Min = size; return n }

// Result is the state of one query.
type Result struct {
	// Frame is the last good answer; At is when it came, zero when there was none yet.
	Frame sources.Frame
	At    time.Time
	// Err is why the last request failed; nil after a good one.
	Err error
	// Took is the duration of the last request.
	Took time.Duration
	// Asked is true once a request was started.
	Asked bool
}

// Ready says whether there is a good answer.
func (r *Result) Ready() bool { return !r.At.IsZero() }

// Key is one thing that can be done, as plain data: the same list feeds the
// dispatch, the footer, the help, the palette and the README.
type Key struct {
	// ID names the action within its view or the shell, such as "ack": the config
	// remaps it as keys.<view>.<id>.
	ID string
	// On are the keys as Bubble Tea's String names them.
	On []string
	// Help says in a word or three what the key does.
	Help string
	// Off says why it cannot be done at the moment; empty means that it can.
	Off string
	// Hidden keeps the key out of the footer, not out of the help.
	Hidden bool
	// Writes marks a key that changes a server; it is off in a read-only context.
	Writes bool
	// Run does it. It is called on the event loop and must not block.
	Run func(*Env) tea.Cmd
	// With is Run with what the command palette has after the ID, such as the text of
	// a note; nil takes nothing there.
	With func(env *Env, arg string) (tea.Cmd, error)
}

// Zone is how moments are printed.
type Zone int

// The ways to print a moment, in the order that the key cycles them.
const (
	Relative Zone = iota
	Local
	UTC
)

// Env is what a view may know and do. It is made anew for each message and must
// not be kept.
type Env struct {
	// Now is the time of this message.
	Now time.Time
	// Window is the span on the screen; its step suits the screen's width.
	Window sources.Window
	Theme  *theme.Theme
	// Zone says how to print moments; use [Env.Moment].
	Zone Zone
	// W and H are the cells that the view's layout gets.
	W, H int
	// Focus is the title of the panel that has the keys; empty before the first layout.
	Focus string
	// User is who acts, for silences and notes; Context the name in the config.
	User, Context string
	// ReadOnly is true when the context forbids writing; Prod when it is marked as production.
	ReadOnly, Prod bool
	// Dialog is true while an overlay is open: what is behind it should stay where
	// it is, so that the user acts on what is seen.
	Dialog bool

	local *time.Location
	host  host
}

// host is the part of the shell that an Env speaks to.
type host interface {
	result(sources.Query) *Result
	act(sources.Action, func(*Env, sources.Receipt, error) tea.Cmd) tea.Cmd
	together([]sources.Action, func(*Env, int, sources.Receipt, error) tea.Cmd) tea.Cmd
	quietly(sources.Action, func(*Env, sources.Receipt, error) tea.Cmd) tea.Cmd
	open(tab, arg string) tea.Cmd
	say(theme.Level, string)
	show(Overlay)
	copy(string) tea.Cmd
	refresh(sources.Query)
	goTo(sources.Window)
}

// Result is the state of a query; it is never nil.
func (e *Env) Result(q sources.Query) *Result { return e.host.result(q) }

// Do carries out an action: the read-only check, the audit line, the undo entry
// and the toast are the shell's. Confirmation is the caller's, by [Confirm] or a
// form, before.
func (e *Env) Do(a sources.Action) tea.Cmd { return e.host.act(a, nil) }

// Then is Do with a callback on the event loop once the server answered.
func (e *Env) Then(a sources.Action, done func(*Env, sources.Receipt, error) tea.Cmd) tea.Cmd {
	return e.host.act(a, done)
}

// Together is Then for several actions of one gesture: they are sent one after the
// other, whatever became of those before, done is told the index of each, and
// one undo takes them all back.
func (e *Env) Together(as []sources.Action, done func(env *Env, i int, r sources.Receipt, err error) tea.Cmd) tea.Cmd {
	return e.host.together(as, done)
}

// Quietly is Then for a write that no key asked for: it is recorded like every
// other, but only its failure is said, and undo passes it over.
func (e *Env) Quietly(a sources.Action, done func(*Env, sources.Receipt, error) tea.Cmd) tea.Cmd {
	return e.host.quietly(a, done)
}

// Open switches to a tab, at arg if it is not empty.
func (e *Env) Open(tab, arg string) tea.Cmd { return e.host.open(tab, arg) }

// Toast says what the user just did, for some seconds.
func (e *Env) Toast(l theme.Level, s string) { e.host.say(l, s) }

// Show puts an overlay on top.
func (e *Env) Show(o Overlay) { e.host.show(o) }

// Copy puts text on the user's clipboard, by OSC 52.
func (e *Env) Copy(s string) tea.Cmd { return e.host.copy(s) }

// Refresh has a query asked again at once.
func (e *Env) Refresh(q sources.Query) { e.host.refresh(q) }

// GoTo moves the window, for instance to the moment under a cursor.
func (e *Env) GoTo(w sources.Window) { e.host.goTo(w) }

// Wide says whether the view has at least n columns.
func (e *Env) Wide(n int) bool { return e.W >= n }

// Overlay is a dialog on top of the tab; while it is open it gets every key.
type Overlay interface {
	// Title is in the border.
	Title() string
	// Size is the wish for the inside, within w by h.
	Size(env *Env, w, h int) (int, int)
	// Draw is the inside; it is called once a frame.
	Draw(env *Env, b draw.Box) draw.Block
	// Key handles one key; closed takes the overlay away.
	Key(env *Env, k tea.KeyPressMsg) (closed bool, cmd tea.Cmd)
}

// Asker is implemented by an overlay that needs answers of its own while it is
// open, such as a preview.
type Asker interface{ Queries(*Env) []sources.Query }
