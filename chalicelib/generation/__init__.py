"""How an MVS becomes source: plan, PRD, design, modules, source tree, trace."""
