package lifecycle

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

func TestTrialsOfTheDead(t *testing.T) {
	ended := exec.CommandContext(t.Context(), "go", "version")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	gone := ended.Process.Pid
	for text, want := range map[string]bool{
		fmt.Sprintf("%s %d X", machineName(), gone):        true,
		fmt.Sprintf("elsewhere %d X", gone):                false,
		fmt.Sprintf("%s %d X", machineName(), os.Getpid()): false,
		trialText():                             false,
		fmt.Sprintf("%s -1 X", machineName()):   false,
		fmt.Sprintf("%s none X", machineName()): false,
		"7QWERTY":                               false, // of an older sendform
		"":                                      false,
	} {
		if isDead(text) != want {
			t.Errorf("%q: dead %t, want %t", text, !want, want)
		}
	}
}
