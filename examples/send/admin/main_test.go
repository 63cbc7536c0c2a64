package main

import "testing"

func TestReadSettings(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		environment map[string]string
		want        settings
		wantError   string
	}{
		"bucket only":    {map[string]string{"ADMIN__S3_BUCKET": "tokens"}, settings{"tokens", "x-api-key"}, ""},
		"with header":    {map[string]string{"ADMIN__S3_BUCKET": "tokens", "FAST_API__AUTH__API_KEY__NAME": "x-other"}, settings{"tokens", "x-other"}, ""},
		"without bucket": {nil, settings{}, "ADMIN__S3_BUCKET is not set: it names the bucket of tokens and API keys"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readSettings(func(name string) string { return c.environment[name] })
			if got != c.want {
				t.Errorf("read %+v, want %+v", got, c.want)
			}
			if (err == nil) != (c.wantError == "") || err != nil && err.Error() != c.wantError {
				t.Errorf("error is %v, want %q", err, c.wantError)
			}
		})
	}
}
