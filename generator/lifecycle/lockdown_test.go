package lifecycle

import (
	"errors"
	"net/http"
	"testing"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func TestOnlyStatus403IsARefusal(t *testing.T) {
	answered := func(status int) error {
		return &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}}, Err: errors.New("answered")}
	}
	for name, c := range map[string]struct {
		err   error
		got   string
		fails bool
	}{
		"done":           {nil, allowed, false},
		"forbidden":      {answered(http.StatusForbidden), refused, false},
		"not found":      {answered(http.StatusNotFound), "", true},
		"broken":         {answered(http.StatusInternalServerError), "", true},
		"never answered": {errors.New("no route"), "", true},
	} {
		results, err := outcome(name, c.err)
		if (err != nil) != c.fails {
			t.Errorf("%s: %v", name, err)
		}
		if !c.fails && (len(results) != 1 || results[0].got != c.got) {
			t.Errorf("%s: %v, want %s", name, results, c.got)
		}
	}
}
