package lambda

import (
	"archive/zip"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// Limits of deployment packages.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxUnzipped = 250 << 20 // bytes, all files together; a zip cannot be larger either
	maxEntries  = 100_000   // of the local cloud: AWS has no figure
)

// codePackage is code as a version is made of it.
type codePackage struct {
	SHA256 string // of the zip, base64
	Size   int64  // of the zip, bytes
}

// packages keeps unpacked code, one folder per content, named by the content's
// hash and never by anything that a user chose. Whoever uses a package holds it;
// one that nobody holds and no version is made of is removed.
type packages struct {
	dir        string
	referenced func(codeSHA256 string) (bool, error)
	logger     *slog.Logger
	limit      int64 // bytes of a package, zipped and unzipped

	mu   sync.Mutex
	held map[string]int // by codePackage.SHA256
}

// openPackages removes what no version is made of.
func openPackages(dir string, referenced func(string) (bool, error), logger *slog.Logger) (*packages, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("prepare for packages: %w", err)
	}
	p := &packages{dir: dir, referenced: referenced, logger: logger, limit: maxUnzipped, held: map[string]int{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list packages: %w", err)
	}
	for _, entry := range entries {
		if hash, err := hex.DecodeString(entry.Name()); err == nil && len(hash) == sha256.Size {
			used, err := referenced(base64.StdEncoding.EncodeToString(hash))
			if err != nil {
				return nil, err
			}
			if used {
				continue
			}
		}
		if err := removeTree(filepath.Join(dir, entry.Name())); err != nil {
			return nil, fmt.Errorf("remove an unused package: %w", err)
		}
	}
	return p, nil
}

// path is the folder of a package's files.
func (p *packages) path(codeSHA256 string) string {
	hash, err := base64.StdEncoding.DecodeString(codeSHA256)
	if err != nil {
		hash = nil // only hashes made by add are asked for
	}
	return filepath.Join(p.dir, hex.EncodeToString(hash))
}

func (p *packages) hold(codeSHA256 string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[codeSHA256]++
}

// release gives a hold back and removes the package if that was its last use.
func (p *packages) release(codeSHA256 string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held[codeSHA256]--; p.held[codeSHA256] > 0 {
		return
	}
	delete(p.held, codeSHA256)
	used, err := p.referenced(codeSHA256)
	if err == nil && !used {
		err = removeTree(p.path(codeSHA256))
	}
	if err != nil {
		p.logger.Error("remove an unused package", "error", err)
	}
}

// sweep removes packages that are not used any more.
func (p *packages) sweep(codeSHA256 ...string) {
	for _, sum := range codeSHA256 {
		p.hold(sum)
		p.release(sum)
	}
}

// unzipped is how many bytes a package's files have together.
func (p *packages) unzipped(codeSHA256 string) (int64, error) {
	var total int64
	err := filepath.WalkDir(p.path(codeSHA256), func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("measure a package: %w", err)
	}
	return total, nil
}

// add unpacks a zip, unless the same one is there, and holds it for the caller.
func (p *packages) add(source io.Reader) (codePackage, error) {
	upload, err := os.CreateTemp(p.dir, "upload-*")
	if err != nil {
		return codePackage{}, fmt.Errorf("store a package: %w", err)
	}
	defer os.Remove(upload.Name())
	defer upload.Close()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(upload, hash), io.LimitReader(source, p.limit+1))
	if err != nil {
		return codePackage{}, fmt.Errorf("store a package: %w", err)
	}
	if size > p.limit {
		return codePackage{}, errTooLarge(p.limit)
	}
	code := codePackage{SHA256: base64.StdEncoding.EncodeToString(hash.Sum(nil)), Size: size}
	p.hold(code.SHA256)
	if err := p.unpack(upload, code); err != nil {
		p.release(code.SHA256)
		return codePackage{}, err
	}
	return code, nil
}

// unpack fills a folder of its own and puts it in place in one step, so that a
// package is never seen half-made.
func (p *packages) unpack(upload *os.File, code codePackage) error {
	if _, err := os.Stat(p.path(code.SHA256)); err == nil {
		return nil
	}
	archive, err := zip.NewReader(upload, code.Size)
	if err != nil {
		return errNoZip()
	}
	fresh := filepath.Join(p.dir, "unpack-"+rand.Text())
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return fmt.Errorf("unpack a package: %w", err)
	}
	defer func() { _ = removeTree(fresh) }() // openPackages removes what is left
	if err := unzip(archive, fresh, p.limit); err != nil {
		return err
	}
	err = os.Rename(fresh, p.path(code.SHA256))
	if err != nil && !errors.Is(err, fs.ErrExist) { // somebody else unpacked the same
		return fmt.Errorf("unpack a package: %w", err)
	}
	return nil
}

func errTooLarge(limit int64) error {
	return invalidParameter("Unzipped size must be smaller than %d bytes", limit)
}

func errNoZip() error {
	return invalidParameter("Could not unzip uploaded file. Please check your file, then try to upload again.")
}

// unzip writes an archive's files, limit bytes in all, into dir and nowhere else:
// the root refuses whatever would leave it, links included.
func unzip(archive *zip.Reader, dir string, limit int64) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("unpack a package: %w", err)
	}
	defer root.Close()
	if len(archive.File) == 0 {
		return invalidParameter("Uploaded file must be a non-empty zip")
	}
	if len(archive.File) > maxEntries {
		return errTooLarge(limit)
	}
	left := limit
	for _, file := range archive.File {
		if !filepath.IsLocal(file.Name) || strings.Contains(file.Name, `\`) {
			return errNoZip()
		}
		written, err := unzipFile(root, file, left)
		if err != nil {
			return err
		}
		if left -= written; left < 0 {
			return errTooLarge(limit)
		}
	}
	return nil
}

// unzipFile writes one file, or its first bytes if it has more than limit; what
// the archive says about its size is not believed. Files are not writable, as on AWS.
func unzipFile(root *os.Root, file *zip.File, limit int64) (int64, error) {
	name := filepath.Clean(filepath.FromSlash(file.Name))
	if file.FileInfo().IsDir() {
		return 0, archiveError(root.MkdirAll(name, 0o755))
	}
	if err := root.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return 0, archiveError(err)
	}
	content, err := file.Open()
	if err != nil {
		return 0, errNoZip()
	}
	defer content.Close()
	data := io.LimitReader(content, limit+1)
	switch kind := file.Mode().Type(); kind {
	case 0:
	case fs.ModeSymlink:
		target, err := io.ReadAll(data)
		if err != nil {
			return 0, errNoZip()
		}
		return 0, archiveError(root.Symlink(string(target), name))
	default:
		return 0, errNoZip()
	}
	// A process that is forked while the file is open holds it for writing until it
	// execs, and a program that is open for writing cannot be run (golang/go#22315).
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, file.Mode().Perm()&0o555|0o400)
	if err != nil {
		return 0, archiveError(err)
	}
	written, err := io.Copy(out, data)
	if closing := out.Close(); err == nil {
		err = closing
	}
	return written, archiveError(err)
}

// archiveError tells a disk that fails from a bad archive, as one that has a name
// twice or a path that goes through a file or out of the folder.
func archiveError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EIO) {
		return fmt.Errorf("unpack a package: %w", err)
	}
	return errNoZip()
}

// removeTree removes a folder whose parts may not be writable.
func removeTree(dir string) error {
	if err := os.RemoveAll(dir); err == nil {
		return nil
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}
