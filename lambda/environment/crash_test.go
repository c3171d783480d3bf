package environment_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// crashVariable has the test binary be a server that is going to crash; its value
// says in which folder, and whether without bubblewrap or with a restriction.
const crashVariable = "ALBERTI_TEST_CRASH"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == encloseArgs[0] {
		fmt.Fprintln(os.Stderr, environment.Enclose())
		os.Exit(1)
	}
	if how := os.Getenv(crashVariable); how != "" {
		serveUntilKilled(strings.Fields(how))
		return
	}
	os.Exit(m.Run())
}

// encloseArgs have the test binary start a restricted function.
var encloseArgs = []string{"enclose-function"}

// serveUntilKilled runs the function of the archive beside the folder, prints what
// it answers, and keeps its environment.
func serveUntilKilled(how []string) {
	dir := how[0]
	p, err := environment.New(environment.Config{Dir: dir, WithoutBubblewrap: slices.Contains(how, "bare"), Enclose: encloseArgs})
	code, readErr := os.ReadFile(dir + ".zip")
	if err != nil || readErr != nil {
		fmt.Println(err, readErr)
		return
	}
	f := plain("python3.12", code)
	if slices.Contains(how, "restricted") {
		restrict(f, "db.example.com:5432")
	}
	out, err := p.Invoke(context.Background(), f, invocation(f, "0"))
	fmt.Println(string(out.Payload), err)
	select {}
}

// TestServerIsKilled: environments end with a server that cannot end them, and the
// next server finds its folder clean.
func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"", " bare", " restricted"} {
		t.Run("with"+how, func(t *testing.T) {
			dir := folder(t) + "/functions"
			if err := os.WriteFile(dir+".zip", archive(t, map[string]string{"index.py": counting}), 0o600); err != nil {
				t.Fatal(err)
			}
			server := exec.Command(os.Args[0])
			server.Env = append(os.Environ(), crashVariable+"="+dir+how)
			server.Stderr = os.Stderr
			stdout, err := server.StdoutPipe()
			if err == nil {
				err = server.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			line, _ := bufio.NewReader(stdout).ReadString('\n')
			answer, ok := strings.CutSuffix(strings.TrimSpace(line), " <nil>")
			stream := counted(t, answer).Environment
			if !ok || len(pidsOf(stream)) == 0 {
				t.Errorf("the server said %q, and its environment does not run", line)
			}
			server.Process.Kill()
			server.Wait()
			eventually(t, "the environment ends", func() bool { return len(pidsOf(stream)) == 0 })
			p, err := environment.New(environment.Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"/code", "/environments"} {
				if left, err := os.ReadDir(dir + name); err != nil || len(left) > 0 {
					t.Errorf("%s holds %v (%v)", name, left, err)
				}
			}
			if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
