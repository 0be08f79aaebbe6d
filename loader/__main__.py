"""`python -m loader` is `n2f-sync`, for places without scripts on the path."""

from loader.cli import main

if __name__ == "__main__":
    main()
