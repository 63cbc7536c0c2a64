package report

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// screen is a terminal that can be drawn on.
type screen struct {
	io.Writer

	style style
	// size in characters, asked for at every drawing: windows are resized.
	size func() (width, height int)
}

// screenOf returns the terminal that out is, if it is one that can move its cursor.
// Colours are off where NO_COLOR is set to anything, as https://no-color.org says.
func screenOf(out io.Writer, getenv func(string) string) (screen, bool) {
	file, isFile := out.(*os.File)
	if !isFile || getenv("TERM") == "" || getenv("TERM") == "dumb" {
		return screen{}, false
	}
	size := func() (width, height int) {
		window, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
		if err != nil {
			return 0, 0
		}
		return int(window.Col), int(window.Row)
	}
	if _, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err != nil {
		return screen{}, false
	}
	return screen{Writer: out, style: style{colours: getenv("NO_COLOR") == ""}, size: size}, true
}
