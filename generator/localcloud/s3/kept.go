package s3

import "net/http"

// The configurations below are kept and shown, and nothing follows from them: they are
// here so that what somebody has set beside Terraform can be found.

type website struct {
	RedirectAllRequestsTo *struct {
		HostName string
		Protocol string `xml:",omitempty"`
	}
	IndexDocument *struct{ Suffix string }
	ErrorDocument *struct{ Key string }
}

var websiteDocument = document[website]{
	root: "WebsiteConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **website { return &b.Website },
	absentCode:    "NoSuchWebsiteConfiguration",
	absentMessage: "The specified bucket does not have a website configuration",
	check: func(_ bucket, wanted *website) error {
		if (wanted.RedirectAllRequestsTo == nil) == (wanted.IndexDocument == nil) {
			return malformedXML()
		}
		return nil
	},
}

type replication struct {
	Role  string
	Rules []replicationRule `xml:"Rule"`
}

type replicationRule struct {
	ID                      string                   `xml:",omitempty"`
	Priority                *int                     `xml:",omitempty"`
	Filter                  *struct{ Prefix string } `xml:",omitempty"`
	Status                  string
	Destination             replicationTarget
	DeleteMarkerReplication *struct{ Status string } `xml:",omitempty"`
}

type replicationTarget struct {
	Bucket  string // ARN
	Account string `xml:",omitempty"`
}

var replicationDocument = document[replication]{
	root: "ReplicationConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **replication { return &b.Replication },
	absentCode:    "ReplicationConfigurationNotFoundError",
	absentMessage: "The replication configuration was not found",
	check: func(b bucket, wanted *replication) error {
		switch {
		case wanted.Role == "" || len(wanted.Rules) == 0:
			return malformedXML()
		case !b.versionsKept():
			return failure(http.StatusBadRequest, "InvalidRequest",
				"Versioning must be 'Enabled' on the bucket to apply a replication configuration")
		}
		return nil
	},
}

type notification struct {
	Functions   []functionNotification `xml:"CloudFunctionConfiguration"`
	Queues      []queueNotification    `xml:"QueueConfiguration"`
	Topics      []topicNotification    `xml:"TopicConfiguration"`
	EventBridge *struct{}              `xml:"EventBridgeConfiguration"`
}

type functionNotification struct {
	ID            string `xml:"Id,omitempty"`
	CloudFunction string
	Event         []string
}

type queueNotification struct {
	ID    string `xml:"Id,omitempty"`
	Queue string
	Event []string
}

type topicNotification struct {
	ID    string `xml:"Id,omitempty"`
	Topic string
	Event []string
}

// notificationDocument has no call that removes it: an empty one is put.
var notificationDocument = document[notification]{
	root: "NotificationConfiguration", putStatus: http.StatusOK,
	field: func(b *bucket) **notification { return &b.Notification },
	check: func(bucket, *notification) error { return nil },
}

type objectLock struct {
	ObjectLockEnabled string
	Rule              *struct{ DefaultRetention retention } `xml:",omitempty"`
}

type retention struct {
	Mode  string
	Days  int `xml:",omitempty"`
	Years int `xml:",omitempty"`
}

// objectLockDocument has no call that removes it: a bucket that has Object Lock keeps
// it (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html).
var objectLockDocument = document[objectLock]{
	root: "ObjectLockConfiguration", putStatus: http.StatusOK,
	field:         func(b *bucket) **objectLock { return &b.ObjectLock },
	absentCode:    "ObjectLockConfigurationNotFoundError",
	absentMessage: "Object Lock configuration does not exist for this bucket",
	check: func(b bucket, wanted *objectLock) error {
		switch {
		case wanted.ObjectLockEnabled != "Enabled":
			return malformedXML()
		case !b.versionsKept():
			return failure(http.StatusConflict, "InvalidBucketState",
				"Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
		case wanted.Rule != nil:
			r := wanted.Rule.DefaultRetention
			if r.Mode != "GOVERNANCE" && r.Mode != "COMPLIANCE" || (r.Days > 0) == (r.Years > 0) {
				return malformedXML()
			}
		}
		return nil
	},
}
