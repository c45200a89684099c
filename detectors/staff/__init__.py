"""Staff (D15): whose customers are whose, and what follows when an account manager leaves."""
