"""The live system over the past, as of each day, judged by what came after."""
