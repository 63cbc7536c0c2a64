package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// server is the sendform cloud that a script has started.
type server struct {
	command *exec.Cmd
	lines   *bufio.Scanner
	errors  bytes.Buffer
}

// serverKey is where a script keeps its server.
type serverKey struct{}

// serve is a command of scripts: serve FLAG... starts sendform cloud and waits until it
// says how it is used. $ADDRESS is where it serves, $SERVER the process.
func serve(ts *testscript.TestScript, _ bool, args []string) {
	program, err := exec.LookPath("sendform")
	ts.Check(err)
	s := ts.Value(serverKey{}).(*server)
	s.command = exec.Command(program, append([]string{"cloud"}, args...)...)
	s.command.Dir = ts.MkAbs(".")
	s.command.Env = []string{"PATH=" + os.Getenv("PATH")}
	s.command.Stderr = &s.errors
	out, err := s.command.StdoutPipe()
	ts.Check(err)
	ts.Check(s.command.Start())
	ts.Defer(func() {
		_ = s.command.Process.Kill() // it has ended if the script went well
		_ = s.command.Wait()
	})
	s.lines = bufio.NewScanner(out)
	for s.lines.Scan() && !strings.HasPrefix(s.lines.Text(), "Ctrl-C ends it") {
		if _, rest, is := strings.Cut(s.lines.Text(), "local cloud at https://"); is {
			address, _, _ := strings.Cut(rest, ",")
			ts.Setenv("ADDRESS", address)
		}
	}
	if s.lines.Text() == "" {
		_ = s.command.Wait() // its exit code says less than what it wrote
		ts.Fatalf("sendform cloud ended: %s", s.errors.String())
	}
	ts.Setenv("SERVER", strconv.Itoa(s.command.Process.Pid))
}

// interrupt is a command of scripts: it ends the server as Ctrl-C does. Its output is
// what the server wrote by then.
func interrupt(ts *testscript.TestScript, _ bool, _ []string) {
	s := ts.Value(serverKey{}).(*server)
	ts.Check(s.command.Process.Signal(os.Interrupt))
	for s.lines.Scan() {
		_, err := ts.Stdout().Write(append(s.lines.Bytes(), '\n'))
		ts.Check(err)
	}
	if err := s.command.Wait(); err != nil {
		ts.Fatalf("sendform cloud ended with %v: %s", err, s.errors.String())
	}
}
