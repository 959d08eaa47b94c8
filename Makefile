export CGO_ENABLED = 0

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | expand -t 24

build: ## Build the console
	go build -o firewatch .

demo: ## Run the embedded servers, the demo service and the console
	go run ./demo

stack: ## Start the compose stack; CORE=1 leaves Grafana, Kibana and kthxbye out
	docker compose -f stack/compose.yaml $(if $(CORE),-f stack/core.yaml) up -d

image: ## Build the demo's image with the Go of this machine, without a registry
	mkdir -p .cache/image/var/log/mldemo
	GOOS=linux go build -trimpath -ldflags='-s -w' -o .cache/image/demo ./demo
	docker build -t firewatch-demo:1.0.0 -f stack/Dockerfile.scratch .cache/image

test-jaeger: ## Run Jaeger on an Elasticsearch (needs FIREWATCH_JAEGER_BINARY and FIREWATCH_TEST_ELASTICSEARCH)
	go test ./stack -count=1 -v -run TestJaeger

test: ## Run every test that needs nothing but Go
	go test ./...

race: ## Run the tests of the console's own packages under the race detector (needs a C compiler)
	CGO_ENABLED=1 go test -race $(RACE)

RACE = ./sources/... ./config ./cli ./ui/... ./views/... ./signals/... ./demo/service/... ./demo/logstore/...

golden: ## Write the golden frames anew; read them before you commit them
	go test ./ui/... ./views/... -update

bench: ## Run the benchmarks
	go test -run '^$$' -bench . -benchmem ./ui/... ./views/... ./sources/... ./demo/logstore/...

elasticsearch: ## Start a real Elasticsearch for the contract tests (needs Java 17 and Maven)
	stack/elasticsearch/testserver/run.sh start

test-elasticsearch-full: ## Feed the log pipeline on a real Elasticsearch that has the ingest processors (downloads 909 MB)
	ES_FLAVOR=full ES_PORT=$(FULL_PORT) stack/elasticsearch/testserver/run.sh start
	FIREWATCH_TEST_ELASTICSEARCH_FULL=http://127.0.0.1:$(FULL_PORT) go test ./stack -count=1 -v -run 'TestElasticsearch|TestLogstash'; code=$$?; \
	ES_FLAVOR=full ES_PORT=$(FULL_PORT) stack/elasticsearch/testserver/run.sh stop; exit $$code

FULL_PORT = 19210

lint: ## Run the linters of .golangci.yml
	golangci-lint run

tidy: ## Tidy go.mod; -e because a test dependency of Prometheus is not published
	go mod tidy -e

readme: ## Write the generated parts of README.md and docs anew
	go test . -run 'TestReadme|TestRunbook' -update

ci: ## Run what CI runs
	.ci/run

.PHONY: help build demo stack image test-jaeger test race golden bench elasticsearch test-elasticsearch-full lint tidy readme ci
