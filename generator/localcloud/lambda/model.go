package lambda

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"sendform/generator/localcloud/store"
)

// function is one row: a function with everything that belongs to it, so that it
// changes and goes away in one piece.
type function struct {
	// ID is random and names the function for as long as it lives; one that is
	// made again under the same name is another function.
	ID          string
	Account     string
	Region      string
	Name        string
	Latest      configuration
	Published   []configuration      // in the order they were published
	NextVersion int                  // number of the next published version, from 1
	Aliases     map[string]alias     // by name
	Policies    map[string]policy    // by qualifier, "" for the function itself
	URLs        map[string]urlConfig // by qualifier, "" for the function itself
	Reserved    *int                 // reserved concurrency
	Tags        map[string]string
	// Settling has the versions that are being made or changed, and until when.
	Settling     map[string]time.Time
	EventConfigs map[string]eventConfig // by qualifier, "" for the function itself
}

// configuration is what a version is made of, under the names that the API has.
type configuration struct {
	FunctionName         string
	FunctionArn          string
	Runtime              string `json:",omitempty"`
	Role                 string
	Handler              string `json:",omitempty"`
	CodeSize             int64
	Description          string
	Timeout              int // seconds
	MemorySize           int // MB
	LastModified         string
	CodeSha256           string
	Version              string
	KMSKeyArn            string     `json:",omitempty"`
	Environment          *variables `json:",omitempty"`
	TracingConfig        tracing
	RevisionId           string
	State                string
	StateReason          string `json:",omitempty"`
	StateReasonCode      string `json:",omitempty"`
	LastUpdateStatus     string
	PackageType          string
	Architectures        []string
	EphemeralStorage     ephemeralStorage
	SnapStart            snapStart
	RuntimeVersionConfig runtimeVersion

	LastUpdateStatusReason     string `json:",omitempty"`
	LastUpdateStatusReasonCode string `json:",omitempty"`

	LoggingConfig loggingConfig
	Layers        []usedLayer `json:",omitempty"` // in the order of merging
}

type (
	variables        struct{ Variables map[string]string }
	tracing          struct{ Mode string }
	ephemeralStorage struct{ Size int } // MB
	snapStart        struct {
		ApplyOn            string
		OptimizationStatus string
	}
	usedLayer struct {
		Arn      string // of the layer version
		CodeSize int64  // of its zip, bytes
	}
	runtimeVersion struct{ RuntimeVersionArn string }
	loggingConfig  struct {
		LogFormat           string
		ApplicationLogLevel string `json:",omitempty"`
		SystemLogLevel      string `json:",omitempty"`
		LogGroup            string
	}
)

// alias is a name for a version, or for two with weights.
type alias struct {
	AliasArn        string
	Name            string
	FunctionVersion string
	Description     string
	RoutingConfig   *routing `json:",omitempty"`
	RevisionId      string
}

type routing struct {
	AdditionalVersionWeights map[string]float64 // the share of a second version
}

func (f function) reference() reference {
	return reference{account: f.Account, region: f.Region, name: f.Name}
}

// version finds a version by its number or $LATEST.
func (f function) version(name string) (configuration, bool) {
	config := f.at(name)
	if config == nil {
		return configuration{}, false
	}
	return *config, true
}

// at is where a version is; nil when there is none of that name.
func (f *function) at(name string) *configuration {
	if name == latest {
		return &f.Latest
	}
	at := slices.IndexFunc(f.Published, func(c configuration) bool { return c.Version == name })
	if at < 0 {
		return nil
	}
	return &f.Published[at]
}

// resolve finds the version that a qualifier stands for: nothing and $LATEST, a
// number, or an alias. An alias with weights gives one of its two versions.
func (f function) resolve(qualifier string) (configuration, error) {
	name := qualifier
	if name == "" {
		name = latest
	}
	if a, isAlias := f.Aliases[qualifier]; isAlias {
		name = a.choose()
	}
	config, found := f.version(name)
	if !found {
		return configuration{}, notFound("Function not found: %s", f.reference().with(qualifier).arn())
	}
	if qualifier != "" {
		config.FunctionArn = f.reference().with(qualifier).arn()
	}
	return config, nil
}

func (a alias) choose() string {
	if a.RoutingConfig != nil {
		for version, weight := range a.RoutingConfig.AdditionalVersionWeights {
			if mathrand.Float64() < weight {
				return version
			}
		}
	}
	return a.FunctionVersion
}

// function reads the row that a reference names.
func (s *Service) function(tx store.Tx, ref reference) (function, error) {
	row, found, err := s.functions.Get(tx, ref.key())
	if err == nil && !found {
		err = notFound("Function not found: %s", ref.arn())
	}
	row.settle(s.Now())
	return row, err
}

// read reads a function outside of any other transaction.
func (s *Service) read(ref reference) (function, error) {
	var row function
	err := s.DB.View(func(tx store.Tx) error {
		var err error
		row, err = s.function(tx, ref)
		return err
	})
	return row, err
}

// change rewrites a function in a transaction; when edit fails nothing changes.
func (s *Service) change(ref reference, edit func(store.Tx, *function) error) (function, error) {
	var row function
	err := s.DB.Update(func(tx store.Tx) error {
		var err error
		if row, err = s.function(tx, ref); err != nil {
			return err
		}
		if err := edit(tx, &row); err != nil {
			return err
		}
		return s.functions.Put(tx, ref.key(), row)
	})
	return row, err
}

// newID makes a random id in the form of a UUID, as request and revision ids have.
func newID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// timestamp is how the API writes a time.
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000-0700") }
