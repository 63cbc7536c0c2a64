package tests

import (
	"fmt"
	"io"
	"log"
	"os"
	"testing"
)

// binaries is the folder of what is built once for all tests.
var binaries string

func TestMain(m *testing.M) {
	// Libraries that the stand-in is built with print to the standard logger.
	log.SetOutput(io.Discard)
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "sendform-tests")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binaries = dir
		return m.Run()
	}())
}
