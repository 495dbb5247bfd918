package server

import (
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// TestTheManifestServes decodes kubernetes.yaml by Kubernetes' own types, which refuse what they do not know, and holds
// it to what the server has.
func TestTheManifestServes(t *testing.T) {
	text, err := os.ReadFile("kubernetes.yaml")
	must(t, err)
	first, second, _ := strings.Cut(string(text), "\n---\n")
	var d apps.Deployment
	var s core.Service
	must(t, yaml.UnmarshalStrict([]byte(first+"\n"), &d))
	must(t, yaml.UnmarshalStrict([]byte(second), &s))
	pod := d.Spec.Template
	c := pod.Spec.Containers[0]
	if !maps.Equal(d.Spec.Selector.MatchLabels, pod.Labels) || !maps.Equal(s.Spec.Selector, pod.Labels) ||
		s.Spec.Ports[0].TargetPort.StrVal != c.Ports[0].Name {
		t.Errorf("want the service to find the pods, found %v, %v and %v", d.Spec.Selector, pod.Labels, s.Spec)
	}
	o, flags := Defaults(), pflag.NewFlagSet("serve", pflag.ContinueOnError)
	o.AddFlags(flags)
	listen := flags.String("listen", "", "")
	flags.String("device", "", "")
	must(t, flags.Parse(c.Args))
	must(t, o.Check())
	if *listen != "0.0.0.0:8080" || c.Ports[0].ContainerPort != 8080 || flags.Arg(0) != "serve" {
		t.Errorf("found %v and the port %v", c.Args, c.Ports)
	}
	if grace := time.Duration(*pod.Spec.TerminationGracePeriodSeconds) * time.Second; grace <= o.Linger+o.Drain {
		t.Errorf("want more than %v to stop, found %v", o.Linger+o.Drain, grace)
	}
	if claim := pod.Spec.Volumes[0].PersistentVolumeClaim; !*c.SecurityContext.ReadOnlyRootFilesystem ||
		!*pod.Spec.SecurityContext.RunAsNonRoot || !c.VolumeMounts[0].ReadOnly || !claim.ReadOnly {
		t.Errorf("want nothing to write to, and no root, found %+v, %+v", c, pod.Spec)
	}
	_, h := started(t, Defaults(), tiny(t))
	for _, p := range []*core.Probe{c.ReadinessProbe, c.LivenessProbe, c.StartupProbe} {
		if status, _, answer := send(t, http.MethodGet, h.URL+p.HTTPGet.Path, nil, nil); status != http.StatusOK ||
			p.HTTPGet.Port.StrVal != c.Ports[0].Name {
			t.Errorf("%v: found %d, %s", p.HTTPGet, status, answer)
		}
	}
}
