package httpjson

import (
	"net/http"
	"os"
)

// Health says that this function runs, and which version of it, as far as whoever
// deployed it has said so. It touches nothing else.
func Health(w http.ResponseWriter, _ *http.Request) error {
	Write(w, http.StatusOK, struct {
		Status  string `json:"status"`
		Version string `json:"version,omitempty"`
	}{"ok", os.Getenv("SENDFORM_VERSION")})
	return nil
}
