package e2e_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/process"
)

// demoLimit is what the demonstration allows itself.
const demoLimit = 2 * time.Minute

// TestDemo is make demo KEEP=1: it must find all as promised, what it then says
// to type must work, and an interrupt must end it well.
func TestDemo(t *testing.T) {
	t.Parallel()
	demo, err := build(t.TempDir(), "demo", "internal/demo")
	if err != nil {
		t.Fatal(err)
	}
	p, said := startDemo(t, demo)
	_, advice, found := strings.Cut(said, "All as promised.")
	_, advice, kept := strings.Cut(advice, "In another terminal:\n\n")
	if !found || !kept {
		t.Fatalf("the demonstration said\n%s", said)
	}
	blocks := strings.Split(strings.TrimRight(advice, "\n"), "\n\n")
	_, folder, _ := strings.Cut(blocks[0], "--data ")
	folder, _, found = strings.Cut(folder, `)"`)
	if !found || len(blocks) != 4 {
		t.Fatalf("the advice is\n%s", advice)
	}
	followAdvice(t, &server{t: t, Data: folder}, blocks)

	p.Signal(syscall.SIGINT)
	select {
	case <-p.Ended:
	case <-time.After(demoLimit):
		t.Fatal("the demonstration does not end")
	}
	if code := p.State().ExitCode(); code != 0 {
		t.Errorf("after SIGINT: %v", p.State())
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", folder, err)
	}
}

// startDemo runs the demonstration until it waits, and gives all that it has said.
func startDemo(t *testing.T, demo string) (*process.Process, string) {
	t.Helper()
	var said, complained process.Output
	cmd := exec.Command(demo, "-alberti", program, "-keep")
	cmd.Stdout, cmd.Stderr = &said, &complained
	p, err := process.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(demoLimit) })
	within(t, demoLimit, "the demonstration waits", func() (bool, any) {
		select {
		case <-p.Ended:
			t.Fatalf("the demonstration ended: %v\n%s%s", p.State(), &said, &complained)
		default:
		}
		return strings.HasSuffix(said.String(), "/audit/*.jsonl\n\n"), said.String()
	})
	return p, said.String()
}

// followAdvice types each block of what the demonstration says to type into a
// shell. The first is the start of all others.
func followAdvice(t *testing.T, s *server, blocks []string) {
	t.Helper()
	shell := newCLI(t, s)
	shell.env = append(os.Environ(), "HOME="+t.TempDir(), "AWS_PAGER=")
	start := blocks[0] + "\n"
	if shell.endpoint() != nil {
		start += `aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }` + "\n"
	}
	typed := func(block string) string {
		t.Helper()
		stdout, stderr, code := shell.run(exec.Command("sh", "-euc", start+block))
		if code != 0 {
			t.Fatalf("%s\nexit %d\n%s%s", block, code, stdout, stderr)
		}
		return stdout
	}

	rotated := typed(blocks[1])
	var latest history
	eventually(t, "rotate-secret", func() (bool, any) {
		latest = (&rotating{s: s, Name: "shop/app"}).History()
		return latest.State == "succeeded", latest
	})
	if !strings.Contains(rotated, latest.VersionID) || strings.Count(rotated, "shop/app") < 4 {
		t.Errorf("the latest rotation made version %s; it was said\n%s", latest.VersionID, rotated)
	}
	if orders := typed(blocks[2]); !strings.Contains(orders, "compass") {
		t.Errorf("psql prints %s", orders)
	}
	if tails := typed(strings.Replace(blocks[3], "tail -f ", "tail ", 1)); !strings.Contains(tails, "alberti.log") || !strings.Contains(tails, `"eventName"`) {
		t.Errorf("tail prints %s", tails)
	}
}
