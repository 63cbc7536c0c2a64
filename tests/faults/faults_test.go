//go:build linux

package faults

import (
	"io"
	"log"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	// Libraries that the stand-in is built with print to the standard logger.
	log.SetOutput(io.Discard)
	os.Exit(m.Run())
}
