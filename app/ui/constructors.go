package ui

import (
	"supercomputing/app/ui/home"
	"supercomputing/app/ui/page"
)

// Pages are the constructors of all pages.
func Pages() map[string]Constructor {
	return map[string]Constructor{
		page.Home: home.New,
	}
}
