package main

import (
	"strings"
	"testing"
)

func TestReadSettings(t *testing.T) {
	t.Parallel()
	complete := map[string]string{
		"SEND__STORAGE_MODE":           "s3",
		"SEND__S3_BUCKET":              "transfers",
		"SGRAPH_SEND__ADMIN__BASE_URL": "https://admin.example/",
	}
	cases := map[string]struct {
		change map[string]string
		want   []string // parts of the error, none for no error
	}{
		"complete":       {nil, nil},
		"another mode":   {map[string]string{"SEND__STORAGE_MODE": "memory"}, []string{`SEND__STORAGE_MODE is "memory", the only mode is "s3"`}},
		"nothing is set": {map[string]string{"SEND__STORAGE_MODE": "", "SEND__S3_BUCKET": "", "SGRAPH_SEND__ADMIN__BASE_URL": ""}, []string{"SEND__STORAGE_MODE", "SEND__S3_BUCKET", "SGRAPH_SEND__ADMIN__BASE_URL"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readSettings(func(name string) string {
				if value, changed := c.change[name]; changed {
					return value
				}
				return complete[name]
			})
			if len(c.want) == 0 && (err != nil || got != settings{bucket: "transfers", adminURL: "https://admin.example/"}) {
				t.Errorf("read %+v, %v", got, err)
			}
			for _, part := range c.want {
				if err == nil || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v does not say %s", err, part)
				}
			}
		})
	}
}
