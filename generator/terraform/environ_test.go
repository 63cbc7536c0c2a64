package terraform

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-exec/tfexec"
)

// TestProcessEnviron looks at what a terraform process gets.
func TestProcessEnviron(t *testing.T) {
	systemPath := os.Getenv("PATH")
	nobody := func(context.Context) (tfexec.ReattachInfo, func() error, error) {
		return nil, func() error { return nil }, nil
	}
	tests := map[string]struct {
		home     string
		environ  map[string]string
		isolated bool
		reattach Reattach
		want     map[string]string
	}{
		"as given": {
			home:    "/home/user",
			environ: map[string]string{"AWS_REGION": "eu-west-2", "TF_CLI_CONFIG_FILE": "/mine"},
			want:    map[string]string{"HOME": "/home/user", "AWS_REGION": "eu-west-2", "TF_CLI_CONFIG_FILE": "/mine"},
		},
		"home folder given": {
			home:    "/home/user",
			environ: map[string]string{"HOME": "/home/other"},
			want:    map[string]string{"HOME": "/home/other"},
		},
		"no home folder": {
			want: map[string]string{"HOME": "DATA"},
		},
		"isolated": {
			home:     "/home/user",
			environ:  map[string]string{"TF_CLI_CONFIG_FILE": "/mine"},
			isolated: true,
			want:     map[string]string{"HOME": "DATA", "TF_CLI_CONFIG_FILE": os.DevNull},
		},
		"with a provider that is served": {
			home:     "/home/user",
			reattach: nobody,
			want:     map[string]string{"HOME": "/home/user", "GOGC": "400"},
		},
		"with a provider that is served, and a word on memory": {
			home:     "/home/user",
			environ:  map[string]string{"GOGC": "50"},
			reattach: nobody,
			want:     map[string]string{"HOME": "/home/user", "GOGC": "50"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			data, tmp := t.TempDir(), t.TempDir()
			t.Setenv("HOME", test.home)
			t.Setenv("TMPDIR", tmp)
			t.Setenv("AWS_SECRET_ACCESS_KEY", "of this process")
			t.Setenv("TF_CLI_ARGS", "-invalid")
			t.Setenv("TF_LOG", "TRACE")
			root, err := New(Config{
				Executable: Executable{Path: executable(t, t.TempDir(), fakeTerraform("1.12.0"))},
				Dir:        t.TempDir(), DataDir: data, Environ: test.environ, Isolated: test.isolated, Reattach: test.reattach,
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := root.Init(t.Context()); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(filepath.Join(data, "environ"))
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]string)
			for line := range strings.Lines(string(content)) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				got[key] = value
			}
			// The shell of the fake executable adds these.
			for _, key := range []string{"PWD", "OLDPWD", "SHLVL", "_"} {
				delete(got, key)
			}
			if agent := got["TF_APPEND_USER_AGENT"]; !strings.HasPrefix(agent, "HashiCorp-terraform-exec/") {
				t.Errorf("user agent: %q", agent)
			}
			delete(got, "TF_APPEND_USER_AGENT")
			want := map[string]string{
				"PATH": systemPath, "TMPDIR": tmp, "TF_DATA_DIR": data, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
				"TF_LOG": "", "TF_LOG_CORE": "", "TF_LOG_PATH": "", "TF_LOG_PROVIDER": "",
			}
			for key, value := range test.want {
				want[key] = strings.Replace(value, "DATA", data, 1)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
