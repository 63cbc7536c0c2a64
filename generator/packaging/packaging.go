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
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
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

// Order is something that is made of a source.
type Order struct {
	Source

	// For says in errors what it is for, such as function.user; it may be empty.
	For string
	// To is the file that is made, absolute: a zip file, or with Program the compiled
	// program itself.
	To      string
	Program bool
}

// Build packages source into zipPath, as [BuildAll] does.
func Build(ctx context.Context, source Source, zipPath string) (Package, error) {
	built, err := BuildAll(ctx, []Order{{Source: source, To: zipPath}})
	if err != nil {
		return Package{}, err
	}
	return built[0], nil
}

// BuildAll makes what is ordered, and the folders of it that are missing. A Go main
// package for a "provided" runtime is compiled to the file bootstrap; any other folder
// is zipped as it is, without hidden files and Python's caches. A zip file that is
// already right is left alone, and one that cannot be built stays as it was. The
// packages are in the order of the orders, that of a program is empty. Cancelling ctx
// ends the compiler.
//
// Errors name the folder, what is wrong with it and what to do.
func BuildAll(ctx context.Context, orders []Order) ([]Package, error) {
	temporary, err := os.MkdirTemp("", "package-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the compiler: %w", err)
	}
	defer os.RemoveAll(temporary)

	var programs []program
	zipped := make([]string, len(orders)) // the folders that are
	for i, o := range orders {
		compiled, err := o.isCompiled()
		if err != nil {
			return nil, o.failed(err)
		}
		zipped[i] = o.Dir
		if compiled && !o.Program {
			zipped[i] = filepath.Join(temporary, strconv.Itoa(i))
		}
		if compiled {
			programs = append(programs, program{Order: o, file: o.programIn(zipped[i])})
		}
	}
	if err := compileAll(ctx, programs); err != nil {
		return nil, err
	}

	built := make([]Package, len(orders))
	group, ctx := errgroup.WithContext(ctx)
	for i, o := range orders {
		if o.Program {
			continue
		}
		group.Go(func() error {
			var err error
			if built[i], err = zipInto(ctx, o.Source, zipped[i], o.To); err != nil {
				return o.failed(err)
			}
			return nil
		})
	}
	return built, group.Wait()
}

// isCompiled tells a Go main package from a folder that is zipped as it is.
func (o Order) isCompiled() (bool, error) {
	if err := checkFolder(o.Dir); err != nil || o.Program {
		return o.Program, err
	}
	if !strings.HasPrefix(o.Runtime, "provided") {
		return false, nil
	}
	return isGoProgram(o.Source)
}

// programIn is where the program is compiled to that a folder is zipped with.
func (o Order) programIn(dir string) string {
	if o.Program {
		return o.To
	}
	return filepath.Join(dir, bootstrap)
}

func (o Order) failed(err error) error {
	err = fmt.Errorf("package %s: %w", o.Dir, err)
	if o.For != "" {
		err = fmt.Errorf("build %s: %w", o.For, err)
	}
	return err
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
