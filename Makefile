# Two commands for newcomers: `make demo` shows the centre at work, `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench faults generate setup clean
bin := .venv/bin
export PATH := $(PATH):/usr/sbin:/sbin

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

setup: ## the virtual environment with everything for development
	@scripts/setup dev

demo: ## a living province in your browser; ARGS="--speed 60 --seed 1 --port 8080 --no-browser"
	@scripts/setup run
	@exec $(bin)/ioc demo $(ARGS)

check: setup ## style, types, layers, generated files
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/mypy
	$(bin)/lint-imports
	$(bin)/ioc check
	$(bin)/python -m dashboards --check
	$(bin)/python -m indicators.page --check

test: setup ## everything that CI proves
	@scripts/servers
	@$(MAKE) --no-print-directory check
	scripts/alone $(bin)/pytest -n 4 --dist loadfile $(ARGS)

generate: setup ## everything derived from the catalogue: dashboards, pages
	$(bin)/python -m dashboards
	$(bin)/python -m indicators.page

faults: setup ## every fault row in its full form; writes build/faults-report.md
	@scripts/servers
	scripts/alone $(bin)/python -m tests.faults $(ARGS)

bench: setup ## speed and memory, as ratios within one run
	@scripts/servers
	$(bin)/python -m tests.bench

clean: ## forget the virtual environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
