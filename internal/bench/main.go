// Command bench measures, on this machine and in one run, what Alberti does
// beside what the machine could do: reads beside a bare net/http handler,
// durable writes beside the disk's own fsync, rotations beside raw ALTER ROLE
// and a login; and how much memory and time to start it takes. Each figure is
// printed with its aim, met or not met; the program fails only when it cannot
// measure.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alberti-dev/alberti/internal/demo/server"
)

// plan is how much is measured.
type plan struct {
	secrets      int // in the store
	rounds       int // of each measurement, in turn with what it is compared with
	round        time.Duration
	rotations    int // users whose passwords are rotated at the same time
	gapRotations int // of one secret, one after the other
	starts       int
	engineUsers  int           // of each engine
	account      int           // secrets of a large account
	readTurns    int           // of each kind of read of it, and of one with few
	keep         string        // the directory of kept accounts, "" to keep none
	onlySeed     bool          // the accounts, to be kept
	fleet        []int         // scheduled secrets
	due          int           // of them at one moment
	idle         time.Duration // how long a server without work is watched
	colds        int           // cold starts of the functions of each runtime
}

var (
	full = plan{secrets: 10_000, rounds: 4, round: 1200 * time.Millisecond, rotations: 100, gapRotations: 200, starts: 10, engineUsers: 25, account: 500_000, readTurns: 60,
		fleet: []int{1000, 50_000, 500_000}, due: 5000, idle: 15 * time.Second, colds: 20}
	short = plan{secrets: 2_000, rounds: 2, round: 300 * time.Millisecond, rotations: 20, gapRotations: 20, starts: 3, engineUsers: 8, account: 20_000, readTurns: 10,
		fleet: []int{1000, 5000}, due: 500, idle: 3 * time.Second, colds: 5}
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == bareCommand {
		if err := serveBare(os.Args[2]); err != nil {
			fail(err)
		}
		return
	}
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		if err := serve(os.Args[2:]); err != nil {
			fail(err)
		}
		return
	}
	program := flag.String("alberti", "bin/alberti", "the program to measure")
	dir := flag.String("dir", os.TempDir(), "where to keep the store meanwhile: on the disk to be measured")
	brief := flag.Bool("short", false, "about a minute, and rougher")
	only := flag.String("only", "", "measure one thing: put, get, start, rotate, gap, engines, fleet, burst, account or functions (default: all)")
	secrets := flag.Int("account", 0, "how many secrets a large account has")
	keep := flag.String("keep", "", "where to keep what account and burst are seeded with, and to find it the next time; a burst uses it up")
	seed := flag.Bool("seed", false, "seed what is kept, and measure nothing")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	p := full
	if *brief {
		p = short
	}
	if *secrets > 0 {
		p.account = *secrets
	}
	p.keep, p.onlySeed = *keep, *seed
	err := run(ctx, *program, *dir, *only, p)
	if ctx.Err() != nil {
		err = errors.New("interrupted; everything was stopped and removed")
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// bench is what the measurements work with.
type bench struct {
	plan
	program string // the path of alberti
	dir     string // all that is written
	out     report
	server  *server.Server
}

func run(ctx context.Context, program, parent, only string, p plan) (err error) {
	b := &bench{plan: p, out: report{os.Stdout}}
	if b.program, err = filepath.Abs(program); err != nil {
		return err
	}
	if _, err := os.Stat(b.program); err != nil {
		return fmt.Errorf("%w: run make build first", err)
	}
	if b.dir, err = os.MkdirTemp(parent, "alberti-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.onlySeed {
		return b.seedAccounts(ctx)
	}
	b.out.machine(b.dir)
	if err := b.start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.server.Stop()) }()
	return b.measure(ctx, only)
}

// measure takes the measurements, or only one of them. Writes come first: what
// reads write to the trail keeps the disk busy for a while.
func (b *bench) measure(ctx context.Context, only string) error {
	known, seeded := false, false
	for _, m := range []struct {
		name  string
		alone bool // in stores of its own
		do    func(context.Context) error
	}{
		{"put", false, b.puts}, {"get", false, b.gets}, {"get", false, b.memory}, {"start", false, b.starting},
		{"rotate", true, b.rotate}, {"gap", true, b.gaps}, {"engines", true, b.engines}, {"fleet", true, b.fleets}, {"burst", true, b.burstAlone},
		{"account", true, b.accounts}, {"functions", true, b.functions},
	} {
		if only != m.name && (only != "" || m.name == "burst") { // fleet ends with a burst
			continue
		}
		known = true
		if !m.alone && !seeded {
			if err := b.seed(ctx); err != nil {
				return err
			}
			seeded = true
		}
		if err := m.do(ctx); err != nil {
			return err
		}
	}
	if !known {
		return fmt.Errorf("-only %q: there is put, get, start, rotate, gap, engines, fleet, burst, account and functions", only)
	}
	return nil
}

func (b *bench) start(ctx context.Context) (err error) {
	b.server, err = server.Start(ctx, server.Options{
		Program: b.program, Data: filepath.Join(b.dir, "data"), Log: filepath.Join(b.dir, "alberti.log"),
	})
	return err
}

// secretName is the name of one of the secrets in the store.
func secretName(i int) string { return fmt.Sprintf("bench/%05d", i) }
