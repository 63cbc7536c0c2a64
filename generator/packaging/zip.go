package packaging

import (
	"archive/zip"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// zipTime is what every entry says: the first moment that a zip file can hold.
func zipTime() time.Time { return time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC) }

// entry is a file that goes into the zip file.
type entry struct {
	path string // with slashes, relative to the folder
	mode fs.FileMode
}

// compression halves the time of flate's default for packages that are 3 % larger.
const compression = 4

// writeZip zips files of a folder. The folder is opened as a root, so that nothing from
// outside of it can get in even when files change meanwhile.
func writeZip(ctx context.Context, w io.Writer, root *os.Root, entries []entry) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return flate.NewWriter(out, compression) })
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := addEntry(archive, root, entry); err != nil {
			return fmt.Errorf("zip %s: %w", entry.path, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write the zip file: %w", err)
	}
	return nil
}

// sumOf tells files apart by what a zip file of them depends on, in hexadecimal.
func sumOf(root *os.Root, entries []entry) (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s %d\n", runtime.Version(), compression)
	for _, entry := range entries {
		file, err := root.Open(entry.path)
		if err != nil {
			return "", err
		}
		content := sha256.New()
		_, err = io.Copy(content, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return "", fmt.Errorf("read %s: %w", entry.path, err)
		}
		fmt.Fprintf(sum, "%q %o %x\n", entry.path, entry.mode, content.Sum(nil))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func addEntry(archive *zip.Writer, root *os.Root, entry entry) error {
	header := &zip.FileHeader{Name: entry.path, Method: zip.Deflate, Modified: zipTime()}
	header.SetMode(entry.mode)
	into, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	file, err := root.Open(entry.path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(into, file)
	return err
}

// listEntries returns the files to zip, sorted by path.
func listEntries(folder fs.FS) ([]entry, error) {
	var entries []entry
	var size int64
	err := fs.WalkDir(folder, ".", func(path string, file fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".":
			return nil
		case file.IsDir() && isLeftOut(file):
			return fs.SkipDir
		case file.IsDir() || isLeftOut(file):
			return nil
		case file.Type()&fs.ModeSymlink != 0:
			return fmt.Errorf("%s is a symbolic link, which Lambda would not follow: put the file itself there", path)
		case !file.Type().IsRegular():
			return fmt.Errorf("%s is not a regular file: remove it", path)
		}
		info, err := file.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		entries = append(entries, entry{path, zipMode(info.Mode())})
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(entries) == 0:
		return nil, errors.New("there is nothing in the folder to package: put the function's code there")
	case size > MaxUnzipped:
		return nil, fmt.Errorf("%d bytes unzipped, Lambda takes %d: remove files, or move them to a layer or to S3", size, MaxUnzipped)
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return entries, nil
}

func isLeftOut(file fs.DirEntry) bool {
	name := file.Name()
	return strings.HasPrefix(name, ".") || name == "__pycache__" || strings.HasSuffix(name, ".pyc")
}

// zipMode forgets everything of a mode that depends on the machine.
func zipMode(mode fs.FileMode) fs.FileMode {
	if mode&0o111 != 0 {
		return 0o755
	}
	return 0o644
}
