// Package packaging makes the zip file that a Lambda function runs, from a
// folder of source. The same folder gives the same bytes, on every machine with
// the same Go toolchain. It knows neither environments nor components nor AWS.
package packaging

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// MaxUnzipped is the largest package in bytes once it is unzipped, 250 MB, see
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
const MaxUnzipped = 250 << 20

// Layer stands for a runtime where the package is a layer's: its folder is zipped as
// it is.
const Layer = "layer"

// Source says what to package.
type Source struct {
	Dir     string // absolute path of the folder
	Runtime string // Lambda's identifier, such as provided.al2023 or python3.13, or Layer
	GOOS    string // for a Go main package only
	GOARCH  string // for a Go main package only
	// Cache is a folder where compiled programs and zip files are kept for the next
	// time; empty makes each anew.
	Cache string
}

// Package is a zip file that is ready to be uploaded.
type Package struct {
	Path   string
	SHA256 string // of the zip file, in base64 as Lambda's CodeSha256
	Hex    string // the same sum in hexadecimal
	Size   int64  // of the zip file in bytes
}

// Build packages source into zipPath and makes the folder of zipPath if it is
// missing. A Go main package for a "provided" runtime is compiled to the file
// bootstrap; any other folder is zipped as it is, without hidden files and
// Python's caches. A zip file that is already right is left alone, and one that
// cannot be built stays as it was. Cancelling ctx ends the compiler.
//
// Errors name the folder, what is wrong with it and what to do.
func Build(ctx context.Context, source Source, zipPath string) (Package, error) {
	built, err := assemble(ctx, source, zipPath)
	if err != nil {
		return Package{}, fmt.Errorf("package %s: %w", source.Dir, err)
	}
	return built, nil
}

func assemble(ctx context.Context, source Source, zipPath string) (Package, error) {
	if err := checkFolder(source.Dir); err != nil {
		return Package{}, err
	}
	compiled := false
	if strings.HasPrefix(source.Runtime, "provided") {
		var err error
		if compiled, err = isGoProgram(source); err != nil {
			return Package{}, err
		}
	}
	dir := source.Dir
	if compiled {
		temporary, err := os.MkdirTemp("", "package-")
		if err != nil {
			return Package{}, fmt.Errorf("make a folder for the compiler: %w", err)
		}
		defer os.RemoveAll(temporary)
		if dir, err = compile(ctx, source, temporary); err != nil {
			return Package{}, err
		}
	}
	return zipInto(ctx, source, dir, zipPath)
}

func checkFolder(dir string) error {
	if !filepath.IsAbs(dir) {
		return errors.New("the path of the folder must be absolute")
	}
	info, err := os.Stat(dir)
	switch {
	case os.IsNotExist(err):
		return errors.New("the folder does not exist: create it, or correct the function's package")
	case err != nil:
		return err
	case !info.IsDir():
		return errors.New("this is a file: the function's package must be a folder")
	}
	return nil
}

// zipInto writes the zip file beside its place and renames it there only when it
// differs from the one that is there.
func zipInto(ctx context.Context, source Source, dir, zipPath string) (Package, error) {
	if err := os.MkdirAll(filepath.Dir(zipPath), 0o755); err != nil {
		return Package{}, fmt.Errorf("make the folder of the zip file: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(zipPath), ".package-*.zip")
	if err != nil {
		return Package{}, fmt.Errorf("make the zip file: %w", err)
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()

	sum := sha256.New()
	if err := zipOrTake(ctx, source, io.MultiWriter(temporary, sum), dir); err != nil {
		return Package{}, err
	}
	info, err := temporary.Stat()
	if err != nil {
		return Package{}, fmt.Errorf("write the zip file: %w", err)
	}
	digest := sum.Sum(nil)
	built := Package{
		Path:   zipPath,
		SHA256: base64.StdEncoding.EncodeToString(digest),
		Hex:    hex.EncodeToString(digest),
		Size:   info.Size(),
	}
	if present, err := fileHex(zipPath); err != nil {
		return Package{}, fmt.Errorf("compare with the zip file that is there: %w", err)
	} else if present == built.Hex {
		return built, nil
	}
	if err := temporary.Chmod(0o644); err != nil {
		return Package{}, fmt.Errorf("write the zip file: %w", err)
	}
	if err := temporary.Close(); err != nil {
		return Package{}, fmt.Errorf("write the zip file: %w", err)
	}
	if err := os.Rename(temporary.Name(), zipPath); err != nil {
		return Package{}, fmt.Errorf("write the zip file: %w", err)
	}
	return built, nil
}

// fileHex returns the SHA-256 of a file in hexadecimal, empty if there is none.
func fileHex(path string) (string, error) {
	file, err := os.Open(path)
	if os.IsNotExist(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
