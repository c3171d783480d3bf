package environment_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// crashVariable has the test binary be a server that is going to crash; its value
// says in which folder, and whether without bubblewrap.
const crashVariable = "ALBERTI_TEST_CRASH"

func TestMain(m *testing.M) {
	if how := os.Getenv(crashVariable); how != "" {
		dir, bare := strings.CutSuffix(how, " bare")
		serveUntilKilled(dir, bare)
		return
	}
	os.Exit(m.Run())
}

// serveUntilKilled runs the function of the archive beside the folder, prints what
// it answers, and keeps its environment.
func serveUntilKilled(dir string, bare bool) {
	p, err := environment.New(environment.Config{Dir: dir, WithoutBubblewrap: bare})
	code, readErr := os.ReadFile(dir + ".zip")
	if err != nil || readErr != nil {
		fmt.Println(err, readErr)
		return
	}
	f := plain("python3.12", code)
	out, err := p.Invoke(context.Background(), f, invocation(f, "0"))
	fmt.Println(string(out.Payload), err)
	select {}
}

// TestServerIsKilled: environments end with a server that cannot end them, and the
// next server finds its folder clean.
func TestServerIsKilled(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"", " bare"} {
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
