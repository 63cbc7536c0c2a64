package s3

import (
	"net/http"
	"slices"

	"sendform/generator/localcloud/api"
	"sendform/generator/localcloud/store"
)

// document is a configuration of a bucket that is read, replaced and removed as one
// XML document.
type document[T any] struct {
	root  string
	field func(*bucket) **T
	// absent is the code and message of the answer when there is none; without a code
	// the answer is an empty document.
	absentCode, absentMessage string
	// check refuses what S3 refuses and fills in what S3 fills in; b is the bucket as
	// it is.
	check func(b bucket, wanted *T) error
	// putStatus is 200 or 204; AWS uses both.
	putStatus int
}

func (d document[T]) get(s *Service, w http.ResponseWriter, c *call) error {
	found, err := d.load(s, c)
	if err != nil {
		return err
	}
	return writeXML(w, d.root, found)
}

// load reads the configuration; its absence is the error that AWS gives.
func (d document[T]) load(s *Service, c *call) (T, error) {
	var none T
	b, err := s.bucket(c)
	if err != nil {
		return none, err
	}
	if found := *d.field(&b); found != nil {
		return *found, nil
	}
	if d.absentCode == "" {
		return none, nil
	}
	return none, failure(http.StatusNotFound, d.absentCode, d.absentMessage, "BucketName", b.Name)
}

func (d document[T]) put(s *Service, w http.ResponseWriter, c *call) error {
	if err := d.save(s, c); err != nil {
		return err
	}
	w.WriteHeader(d.putStatus)
	return nil
}

func (d document[T]) save(s *Service, c *call) error {
	wanted := new(T)
	if err := readXML(c.Request, d.root, wanted); err != nil {
		return err
	}
	return s.change(c.bucket, func(b *bucket) error {
		if err := d.check(*b, wanted); err != nil {
			return err
		}
		*d.field(b) = wanted
		return nil
	})
}

func (d document[T]) remove(s *Service, w http.ResponseWriter, c *call) error {
	err := s.change(c.bucket, func(b *bucket) error {
		*d.field(b) = nil
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// change rewrites a bucket's row.
func (s *Service) change(name string, apply func(*bucket) error) error {
	return s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, name)
		if err != nil {
			return err
		}
		if err := apply(&b); err != nil {
			return err
		}
		return buckets.Put(tx, name, b)
	})
}

// getConstant answers a configuration that no bucket here can change.
func getConstant(root string, value any) handler {
	return func(s *Service, w http.ResponseWriter, c *call) error {
		if _, err := s.bucket(c); err != nil {
			return err
		}
		return writeXML(w, root, value)
	}
}

type versioning struct {
	Status    string `xml:",omitempty"`
	MFADelete string `xml:"MfaDelete,omitempty"`
}

var versioningDocument = document[versioning]{
	root: "VersioningConfiguration", putStatus: http.StatusOK,
	field: func(b *bucket) **versioning { return &b.Versioning },
	check: func(b bucket, wanted *versioning) error {
		switch {
		case wanted.Status != "Enabled" && wanted.Status != "Suspended":
			return failure(http.StatusBadRequest, "IllegalVersioningConfigurationException",
				"The Versioning element must be specified")
		case wanted.MFADelete != "" && wanted.MFADelete != "Disabled":
			return api.NotImplemented("s3", "PutBucketVersioning with MFA delete")
		case b.ObjectLock != nil && wanted.Status != "Enabled":
			return failure(http.StatusConflict, "InvalidBucketState",
				"An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")
		}
		return nil
	},
}

type publicAccess struct {
	BlockPublicAcls       bool
	IgnorePublicAcls      bool
	BlockPublicPolicy     bool
	RestrictPublicBuckets bool
}

var publicAccessDocument = document[publicAccess]{
	root: "PublicAccessBlockConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **publicAccess { return &b.PublicAccess },
	absentCode:    "NoSuchPublicAccessBlockConfiguration",
	absentMessage: "The public access block configuration was not found",
	check:         func(bucket, *publicAccess) error { return nil },
}

const (
	bucketOwnerEnforced  = "BucketOwnerEnforced"
	bucketOwnerPreferred = "BucketOwnerPreferred"
	objectWriter         = "ObjectWriter"
)

type ownership struct {
	Rules []ownershipRule `xml:"Rule"`
}

type ownershipRule struct{ ObjectOwnership string }

var ownershipDocument = document[ownership]{
	root: "OwnershipControls", putStatus: http.StatusOK,
	field:         func(b *bucket) **ownership { return &b.Ownership },
	absentCode:    "OwnershipControlsNotFoundError",
	absentMessage: "The bucket ownership controls were not found",
	check: func(b bucket, wanted *ownership) error {
		if err := checkOwnership(*wanted); err != nil {
			return err
		}
		if b.ACL != "" && wanted.Rules[0].ObjectOwnership == bucketOwnerEnforced {
			return failure(http.StatusBadRequest, "InvalidBucketAclWithObjectOwnership",
				"Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
		}
		return nil
	},
}

func checkOwnership(o ownership) error {
	rules := []string{bucketOwnerEnforced, bucketOwnerPreferred, objectWriter}
	if len(o.Rules) != 1 || !slices.Contains(rules, o.Rules[0].ObjectOwnership) {
		return malformedXML()
	}
	return nil
}

type encryption struct {
	Rules []encryptionRule `xml:"Rule"`
}

type encryptionRule struct {
	Default          *defaultEncryptionRule `xml:"ApplyServerSideEncryptionByDefault"`
	BucketKeyEnabled bool
	Blocked          *blockedEncryption `xml:"BlockedEncryptionTypes"`
}

type defaultEncryptionRule struct {
	SSEAlgorithm   string
	KMSMasterKeyID string `xml:",omitempty"`
}

type blockedEncryption struct {
	EncryptionType []string
}

const (
	aes256  = "AES256"
	kms     = "aws:kms"
	kmsDSSE = "aws:kms:dsse"
	sseC    = "SSE-C"
)

// defaultEncryption is what every bucket has that was told nothing else
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html).
func defaultEncryption() *encryption {
	return &encryption{Rules: []encryptionRule{{
		Default: &defaultEncryptionRule{SSEAlgorithm: aes256},
		Blocked: &blockedEncryption{EncryptionType: []string{sseC}},
	}}}
}

var encryptionDocument = document[encryption]{
	root: "ServerSideEncryptionConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **encryption { return &b.Encryption },
	absentCode:    "ServerSideEncryptionConfigurationNotFoundError",
	absentMessage: "The server side encryption configuration was not found",
	check:         checkEncryption,
}

func checkEncryption(b bucket, wanted *encryption) error {
	if len(wanted.Rules) != 1 {
		return malformedXML()
	}
	rule := &wanted.Rules[0]
	if rule.Default == nil {
		if rule.Blocked == nil {
			return malformedXML()
		}
		rule.Default = defaultEncryption().Rules[0].Default
	}
	switch rule.Default.SSEAlgorithm {
	case aes256:
		if rule.Default.KMSMasterKeyID != "" {
			return invalidArgument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
				"KMSMasterKeyID", rule.Default.KMSMasterKeyID)
		}
	case kms, kmsDSSE:
	default:
		return malformedXML()
	}
	if rule.Blocked == nil {
		// A document without it leaves as it is which types are refused.
		rule.Blocked = b.Encryption.Rules[0].Blocked
		return nil
	}
	for _, blocked := range rule.Blocked.EncryptionType {
		if blocked != sseC && blocked != "NONE" {
			return malformedXML()
		}
	}
	return nil
}

// deleteBucketEncryption sets the default again: since January 2023 no bucket is
// without encryption.
func (s *Service) deleteBucketEncryption(w http.ResponseWriter, c *call) error {
	err := s.change(c.bucket, func(b *bucket) error {
		b.Encryption = defaultEncryption()
		return nil
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

type logging struct {
	LoggingEnabled *loggingTarget
}

type loggingTarget struct {
	TargetBucket          string
	TargetPrefix          string
	TargetObjectKeyFormat *objectKeyFormat
}

type objectKeyFormat struct {
	SimplePrefix      *struct{}
	PartitionedPrefix *struct{ PartitionDateSource string }
}

var loggingDocument = document[logging]{
	root: "BucketLoggingStatus", field: func(b *bucket) **logging { return &b.Logging },
}

// putBucketLogging looks at a second bucket, the target, in the same transaction.
// Nothing is ever delivered there: no log files are written here.
func (s *Service) putBucketLogging(w http.ResponseWriter, c *call) error {
	var wanted logging
	if err := readXML(c.Request, loggingDocument.root, &wanted); err != nil {
		return err
	}
	err := s.db.Update(func(tx store.Tx) error {
		b, err := mustBucket(tx, c.bucket)
		if err != nil {
			return err
		}
		if wanted.LoggingEnabled != nil {
			target, found, err := buckets.Get(tx, wanted.LoggingEnabled.TargetBucket)
			if err != nil {
				return err
			}
			if !found || target.Account != b.Account || target.Region != b.Region {
				return failure(http.StatusBadRequest, "InvalidTargetBucketForLogging",
					"The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.",
					"TargetBucket", wanted.LoggingEnabled.TargetBucket)
			}
		}
		b.Logging = &wanted
		return buckets.Put(tx, b.Name, b)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
