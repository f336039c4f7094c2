# Supercomputing: what to do with the sources. "make" lists it.

SHELL := /bin/bash
GO    ?= go
export GOTOOLCHAIN ?= local
# What is tested and vetted has no window: OpenGL takes minutes to compile, and
# again for every other set of flags. The window's files are vetted apart.
# The other tags keep libraries in C++ and C out that builds without cgo do
# without anyway.
LEAN        := nosqlite,disable_libutp
export GOFLAGS := $(or $(GOFLAGS),-buildvcs=false) -tags=headless,$(LEAN)
WINDOW      := -trimpath -tags migrated_fynedo,no_animations,$(LEAN)
LDFLAGS      = -s -w -X main.version=$(VERSION)

# Where Debian's package of Go is older than go.mod asks for, the one of
# golang.org in its usual place serves.
export PATH := $(PATH):/usr/local/go/bin

VERSION    ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)
# The first line compiles, the second is for the window. aria2 is the demo's
# BitTorrent client; the rest of the third line renders. The last line is a
# screen, a window manager and hands for the end-to-end test.
PACKAGES   := gcc g++ libc6-dev pkg-config \
              libgl1-mesa-dev xorg-dev libxkbcommon-dev libwayland-dev \
              aria2 blender povray povray-includes ffmpeg bubblewrap \
              xvfb openbox xdotool x11-utils imagemagick dbus-daemon
# For packages, and to try them.
PACKAGING  := dpkg-dev xz-utils zip gcc-mingw-w64-x86-64-win32 imagemagick debootstrap
TESTFLAGS  ?= -race -timeout 9m
FUZZTIME   ?= 20s
PICTURES   ?= pictures
SUDO       := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: help deps build node run test check e2e pictures package-deps bench bench-validate bench-render bench-app fuzz package package-test completions clean

help: ## list what can be made
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'

deps: ## install what is missing: Debian packages, Go modules
	@missing=""; \
	for p in $(PACKAGES); do \
	  dpkg-query -W -f='$${db:Status-Status}' $$p 2>/dev/null | grep -qx installed || missing="$$missing $$p"; \
	done; \
	if [ -n "$$missing" ]; then \
	  echo "installing$$missing"; \
	  $(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -q --no-install-recommends $$missing; \
	fi
	@command -v $(GO) >/dev/null || { echo "Go is missing: install Go 1.26 from https://go.dev/dl/ into /usr/local/go" >&2; exit 1; }
	@have=$$($(GO) env GOVERSION | sed 's/^go//'); want=$$(sed -n 's/^go //p' go.mod); \
	if [ "$$(printf '%s\n' "$$want" "$$have" | sort -V | head -n 1)" != "$$want" ]; then \
	  echo "Go $$have is too old: $$want or newer is needed, from https://go.dev/dl/" >&2; exit 1; \
	fi
	$(GO) mod download

build: ## build ./supercomputing, with its window (three minutes the first time)
	CGO_ENABLED=1 $(GO) build $(WINDOW) -ldflags '$(LDFLAGS)' -o supercomputing ./app

node: ## build ./supercomputing without a window: static, for servers
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o supercomputing ./app

run: deps build ## build, and open the app on a private network; without a screen, play a paid download there
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then ./supercomputing demo app; else ./supercomputing demo; fi

check: ## formatting and vet
	@bad=$$(gofmt -l $$(git ls-files '*.go')); if [ -n "$$bad" ]; then echo "not formatted:" $$bad >&2; exit 1; fi
	$(GO) vet ./...
	CGO_ENABLED=1 $(GO) vet $(WINDOW) ./app ./app/ui/desktop

e2e: build ## the app on a screen of its own, with xdotool for hands; pictures in screens/e2e
	LANGUAGE=en $(GO) run ./build/e2e --exe ./supercomputing --pictures screens/e2e

pictures: ## every page in every look, into PICTURES (pictures), with a contact sheet
	CGO_ENABLED=0 $(GO) test ./app/ui/gallery -run Pictures -timeout 2h -args -out $(abspath $(PICTURES))
	@echo "see $(PICTURES)/index.html"

bench-app: build ## time to the window, idle processor time, memory after 60 pages
	LANGUAGE=en $(GO) run ./build/e2e --exe ./supercomputing --bench

# What runs on one goroutine is cut short under the race detector, which has
# nothing to find there and costs tenfold; it runs once more at full length.
LONG := ./chain ./chain/chaintest ./chain/consensus ./wallet ./wallet/accounts ./wallet/cosign ./app/ui/...

test: check ## all tests, with the race detector
	$(GO) test $(TESTFLAGS) ./...
	$(GO) test -timeout 5m $(LONG)

bench-validate: ## blocks validated per second beside the bare script engine; ends with "ratio N"
	@set -o pipefail; $(GO) test -run '^$$' -bench '^Benchmark(ValidateBlock2000|BareEngine2000)$$' -count 5 ./chain \
	  | $(GO) run ./build/benchratio BenchmarkValidateBlock2000 BenchmarkBareEngine2000

bench-render: ## 48 frames by two nodes of one core each beside Blender alone; ends with "ratio N"
	@set -o pipefail; for i in $$(seq $${RENDER_COUNT:-3}); do \
	    $(GO) test -run '^$$' -bench '^Benchmark(Render48|Blender48)$$' -benchtime 1x -timeout 60m ./tasks/render || exit 1; done \
	  | $(GO) run ./build/benchratio BenchmarkRender48 BenchmarkBlender48

bench: bench-validate bench-render ## all benchmarks
	SWARM_MIB=$${SWARM_MIB:-1024} SWARM_RATE_MIB=$${SWARM_RATE_MIB:-64} $(GO) test -run '^$$' -bench . -skip '48$$' -benchtime 1s -timeout 30m ./...

# A run limited by time can end in Go's own "context deadline exceeded", with no
# failing input; limited by count, as 3000x, it cannot.
fuzz: ## every fuzz target for FUZZTIME (20s, or a count as 3000x)
	@set -e; for dir in $$($(GO) list -f '{{.Dir}}' ./...); do \
	  for target in $$(cd $$dir && grep -hso '^func Fuzz[A-Za-z0-9_]*' *_test.go | sed 's/^func //'); do \
	    echo "== $${dir#$$PWD/} $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -timeout 10m $$dir; \
	  done; \
	done

completions: build ## install completion for the shells of this user
	@dir=$${XDG_DATA_HOME:-$$HOME/.local/share}; \
	mkdir -p $$dir/bash-completion/completions $$dir/zsh/site-functions $${XDG_CONFIG_HOME:-$$HOME/.config}/fish/completions; \
	./supercomputing completion bash > $$dir/bash-completion/completions/supercomputing; \
	./supercomputing completion zsh > $$dir/zsh/site-functions/_supercomputing; \
	./supercomputing completion fish > $${XDG_CONFIG_HOME:-$$HOME/.config}/fish/completions/supercomputing.fish; \
	echo "installed for bash, zsh and fish"

package-deps:
	@$(MAKE) --no-print-directory deps PACKAGES='$(PACKAGING)'

package: package-deps ## .deb, portable archive and Windows program with checksums, in dist
	GO='$(GO)' VERSION='$(VERSION)' LEAN='$(LEAN)' WINDOW='$(WINDOW)' build/package/package.sh

package-test: package ## install the .deb in a Debian of its own, start it there, remove it
	build/package/try-deb.sh dist/*.deb

clean: ## remove what was built
	rm -rf supercomputing dist screens *.test *.out *.prof
